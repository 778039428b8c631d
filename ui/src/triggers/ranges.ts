/** Ready ranges of a backfill, as the date fields write them. */

import { t } from '../language'
import { fieldOf, instantOf, momentOfField, wallClock } from '../settings/zones'

export interface Range {
  start: string
  end: string
}

const midnight = { hour: 0, minute: 0, second: 0, millisecond: 0 }

/** A whole past year, or the present one up to now. */
export function yearRange(year: number, now: Date, zone: string): Range {
  const start = instantOf({ year, month: 1, day: 1, ...midnight }, zone)
  const end = instantOf({ year, month: 12, day: 31, hour: 23, minute: 59, second: 0, millisecond: 0 }, zone)
  return { start: fieldOf(start, zone), end: fieldOf(end > now ? now : end, zone) }
}

/** From the midnight of some days ago up to now. */
export function lastDays(days: number, now: Date, zone: string): Range {
  const { year, month, day } = wallClock(new Date(now.getTime() - days * 86_400_000), zone)
  return { start: fieldOf(instantOf({ year, month, day, ...midnight }, zone), zone), end: fieldOf(now, zone) }
}

interface Ready {
  name: string
  range: Range
}

/** What people backfill most: the last days, this year, and the years before. */
export function readyRanges(now: Date, zone: string): Ready[] {
  const { year } = wallClock(now, zone)
  return [
    { name: t`Last 7 days`, range: lastDays(7, now, zone) },
    { name: t`Last 30 days`, range: lastDays(30, now, zone) },
    ...[0, 1, 2, 3].map((back) => ({ name: String(year - back), range: yearRange(year - back, now, zone) })),
  ]
}

export function complaintOf({ start, end }: Range, now: Date, zone: string): string | undefined {
  const [first, last] = [momentOfField(start, zone), momentOfField(end, zone)]
  if (!first) return t`A start is needed`
  if (first >= now) return t`The start must be in the past`
  if (last && last > now) return t`The end must be in the past`
  if (last && last <= first) return t`The end must come after the start`
  return undefined
}

/** What the API is sent for a range without complaint. */
export function instantsOf({ start, end }: Range, zone: string): { start: string; end?: string } {
  const [first, last] = [momentOfField(start, zone), momentOfField(end, zone)]
  return { start: first?.toISOString() ?? '', ...(last ? { end: last.toISOString() } : {}) }
}
