import type { DailyStatistic, LogEntry, StateName } from '../api/types'
import { milliseconds } from '../parts/durations'
import { preferences } from '../settings/preferences'
import { instantOf, wallClock } from '../settings/zones'

export interface Series {
  state: StateName
  values: number[]
}

/** States in the order they are stacked: what went well at the bottom. */
export const STACK: readonly StateName[] = [
  'SUCCESS', 'WARNING', 'SKIPPED', 'RUNNING', 'CREATED', 'QUEUED', 'PAUSED', 'BREAKPOINT', 'RESTARTED', 'RETRYING', 'CANCELLED', 'KILLING', 'KILLED', 'FAILED',
]

/** One series per state that occurs at all. */
export function seriesOf(days: readonly DailyStatistic[]): Series[] {
  return STACK.map((state) => ({ state, values: days.map(({ executionCounts }) => executionCounts[state] ?? 0) })).filter(({ values }) =>
    values.some((value) => value > 0),
  )
}

/** How long what ended in each bar took on average, in milliseconds. */
export const meansOf = (days: readonly DailyStatistic[]): (number | undefined)[] =>
  days.map(({ duration }) => (duration?.count ? milliseconds(duration.avg) : undefined))

export const RUNNING: readonly StateName[] = ['CREATED', 'RUNNING', 'PAUSED', 'BREAKPOINT', 'QUEUED', 'RESTARTED', 'RETRYING', 'KILLING']
export const FAILED: readonly StateName[] = ['FAILED', 'KILLED']
export const GOOD: readonly StateName[] = ['SUCCESS', 'WARNING', 'CANCELLED']

/** States of a group that are wanted; all of it when none is named. */
export const amongst = (group: readonly StateName[], wanted: readonly StateName[]): readonly StateName[] =>
  wanted.length ? group.filter((state) => wanted.includes(state)) : group

interface Totals {
  all: number
  succeeded: number
  failed: number
}

export function totalsOf(days: readonly DailyStatistic[]): Totals {
  const totals = { all: 0, succeeded: 0, failed: 0 }
  for (const { executionCounts: counts } of days) {
    for (const [state, count] of Object.entries(counts)) {
      totals.all += count
      if (GOOD.includes(state as StateName)) totals.succeeded += count
      if (FAILED.includes(state as StateName)) totals.failed += count
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
export function bucketName(startDate: string, groupBy: string | undefined, zone = preferences().timeZone): string {
  const { month, day, hour, minute } = wallClock(new Date(startDate), zone)
  const pad = (value: number) => String(value).padStart(2, '0')
  const name = `${pad(month)}-${pad(day)}`
  return groupBy === 'hour' || groupBy === 'minute' ? `${name} ${pad(hour)}:${pad(minute)}` : name
}

const HOUR_MS = 3_600_000

/** Where a range begins: bars count from there, so it is a full hour, or the midnight of a day. */
export function startOf(timeRange: string, now: Date, zone = preferences().timeZone): string {
  const length = milliseconds(timeRange) ?? 0
  const clock = wallClock(new Date(now.getTime() - length), zone)
  const full = { ...clock, minute: 0, second: 0, millisecond: 0 }
  return instantOf(length > 24 * HOUR_MS ? { ...full, hour: 0 } : full, zone).toISOString()
}

/** From when to when a bar counts; the last one ends now. */
export function bucketOf(statistics: readonly DailyStatistic[], index: number, now: Date): { startDate: string; endDate: string } {
  return { startDate: statistics[index]?.startDate ?? now.toISOString(), endDate: statistics[index + 1]?.startDate ?? now.toISOString() }
}

/** The first error that each task run logged, of entries with the newest first. */
export function firstErrors(entries: readonly LogEntry[]): ReadonlyMap<string, string> {
  return new Map(entries.flatMap(({ taskRunId, message }): [string, string][] => (taskRunId ? [[taskRunId, message]] : [])))
}
