import type { DailyStatistic, StateName } from '../api/types'
import { milliseconds } from '../parts/durations'

export interface Series {
  state: StateName
  values: number[]
}

/** States in the order they are stacked: what went well at the bottom. */
const STACK: readonly StateName[] = ['SUCCESS', 'WARNING', 'RUNNING', 'CREATED', 'QUEUED', 'PAUSED', 'RESTARTED', 'CANCELLED', 'KILLING', 'KILLED', 'FAILED']

/** One series per state that occurs at all. */
export function seriesOf(days: readonly DailyStatistic[]): Series[] {
  return STACK.map((state) => ({ state, values: days.map(({ executionCounts }) => executionCounts[state] ?? 0) })).filter(({ values }) =>
    values.some((value) => value > 0),
  )
}

export interface Totals {
  all: number
  succeeded: number
  failed: number
}

export function totalsOf(days: readonly DailyStatistic[]): Totals {
  const totals = { all: 0, succeeded: 0, failed: 0 }
  for (const { executionCounts: counts } of days) {
    for (const [state, count] of Object.entries(counts)) {
      totals.all += count
      if (state === 'SUCCESS' || state === 'WARNING' || state === 'CANCELLED') totals.succeeded += count
      if (state === 'FAILED' || state === 'KILLED') totals.failed += count
    }
  }
  return totals
}

/** Of what has ended; undefined when nothing has. */
export function successRatio({ succeeded, failed }: Totals): number | undefined {
  const ended = succeeded + failed
  return ended ? succeeded / ended : undefined
}

/** `2026-11-25`, or `11-25 14:00` where a bar is an hour. */
export function bucketName(startDate: string, groupBy: string | undefined): string {
  const date = new Date(startDate)
  const pad = (value: number) => String(value).padStart(2, '0')
  const day = `${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  return groupBy === 'hour' || groupBy === 'minute' ? `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}` : day
}

const HOUR_MS = 3_600_000

/** Where a range begins: bars count from there, so it is a full hour, or the midnight of a day. */
export function startOf(timeRange: string, now: Date): string {
  const length = milliseconds(timeRange) ?? 0
  const start = new Date(now.getTime() - length)
  if (length > 24 * HOUR_MS) start.setHours(0, 0, 0, 0)
  else start.setMinutes(0, 0, 0)
  return start.toISOString()
}
