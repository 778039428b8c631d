import type { Path } from '../nocode/text'

export type { Path }

/** Where a new task would stand. */
export interface Slot {
  list: Path
  index: number
  /** In a Dag, whose items hold a task each: the ids that it waits for. */
  dependsOn?: readonly string[]
}

export const within = (path: Path | undefined, ...steps: Path): Path | undefined => path && [...path, ...steps]

/** The item of a list that a task is: in a Dag it holds the task. */
export const itemOf = (place: Path): Path => (isInDag(place) ? place.slice(0, -1) : place)

/** The list that a task is in, and at which place. */
export function listOf(place: Path): { list: Path; index: number } {
  const item = itemOf(place)
  const index = item.at(-1)
  return { list: item.slice(0, -1), index: typeof index === 'number' ? index : 0 }
}

export const isWithin = (inner: Path, outer: Path): boolean => inner.length > outer.length && outer.every((step, index) => inner[index] === step)

export const isSame = (one: Path, other: Path): boolean => one.length === other.length && one.every((step, index) => other[index] === step)

export const isInDag = (place: Path): boolean => place.at(-1) === 'task' && typeof place.at(-2) === 'number'
