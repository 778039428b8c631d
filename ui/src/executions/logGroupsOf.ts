import type { LogShare } from '../api/logs'
import type { LogDisplay } from '../settings/preferences'

/** More than these are shown when they are asked for, so many at a time. */
export const MOST_GROUPS = 200
/** So few are read at once. */
export const FEW_GROUPS = 4

interface Groups {
  shown: readonly LogShare[]
  /** Ids of the task runs that are open to begin with; empty for the execution itself. */
  opened: ReadonlySet<string>
  more: number
}

/**
 * Which shares of a log are shown, and which of them open: as the reader wants them, or few all and of many the first with errors; and
 * always that of the marked line.
 */
export function groupsOf(shares: readonly LogShare[], marked: string, display: LogDisplay = 'auto', most = MOST_GROUPS): Groups {
  const owner = marked ? ownerOf(marked) : undefined
  const shown = shares.filter(({ taskRunId = '' }, place) => place < most || taskRunId === owner)
  const opened = new Set(openOf(shown, display, shares.length).map(({ taskRunId = '' }) => taskRunId))
  if (owner !== undefined) opened.add(owner)
  return { shown, opened, more: shares.length - shown.length }
}

function openOf(shown: readonly LogShare[], display: LogDisplay, count: number): readonly LogShare[] {
  if (display === 'none') return []
  if (display === 'all' || (display === 'auto' && count <= FEW_GROUPS)) return shown
  const failed = shown.filter(({ errors }) => errors > 0)
  return display === 'failed' ? failed : failed.slice(0, 1)
}

/** The task run of a line's place; empty for a line of the execution itself. */
export const ownerOf = (place: string) => place.split('~')[2] ?? ''
