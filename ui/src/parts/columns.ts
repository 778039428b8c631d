/** A column of a list that its reader may choose. */
export interface Column {
  id: string
  title: string
  /** Shown whatever is chosen. */
  isFixed?: boolean
  /** Shown only where it was asked for. */
  isExtra?: boolean
}

/** The columns to show, in the order of the list; without a choice those that it begins with. */
export function shownOf<C extends Column>(columns: readonly C[], chosen: readonly string[] | undefined): C[] {
  return columns.filter(({ id, isFixed, isExtra }) => isFixed || (chosen ? chosen.includes(id) : !isExtra))
}

/** The choice with one column more, or less. */
export function withColumn(columns: readonly Column[], chosen: readonly string[] | undefined, id: string): string[] {
  const shown = shownOf(columns, chosen).map((column) => column.id)
  return shown.includes(id) ? shown.filter((other) => other !== id) : [...shown, id]
}
