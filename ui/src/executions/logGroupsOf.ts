import type { LogShare } from '../api/logs'

/** More than these are for searching, not for scrolling. */
export const MOST_GROUPS = 200
/** So few are read at once. */
export const FEW_GROUPS = 4

interface Groups {
  shown: readonly LogShare[]
  /** Ids of the task runs that are open to begin with; empty for the execution itself. */
  opened: ReadonlySet<string>
  more: number
}

/** Which shares of a log are shown, and which of them open: few all, of many the first with errors, and always that of the marked line. */
export function groupsOf(shares: readonly LogShare[], marked: string): Groups {
  const owner = marked ? ownerOf(marked) : undefined
  const shown = shares.filter(({ taskRunId = '' }, place) => place < MOST_GROUPS || taskRunId === owner)
  const first = shares.length <= FEW_GROUPS ? shares : shown.filter(({ errors }) => errors > 0).slice(0, 1)
  const opened = new Set(first.map(({ taskRunId = '' }) => taskRunId))
  if (owner !== undefined) opened.add(owner)
  return { shown, opened, more: shares.length - shown.length }
}

/** The task run of a line's place; empty for a line of the execution itself. */
const ownerOf = (place: string) => place.split('~')[2] ?? ''
