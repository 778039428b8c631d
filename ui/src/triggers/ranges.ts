/** Ready ranges of a backfill, as the date fields write them. */

export interface Range {
  start: string
  end: string
}

const pad = (value: number) => String(value).padStart(2, '0')

/** What `<input type="datetime-local">` holds, in the zone of the browser. */
export const toField = (date: Date) =>
  `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}`

/** A whole past year, or the present one up to now. */
export function yearRange(year: number, now: Date): Range {
  const end = new Date(year, 11, 31, 23, 59)
  return { start: toField(new Date(year, 0, 1)), end: toField(end > now ? now : end) }
}

export function complaintOf({ start, end }: Range, now: Date): string | undefined {
  if (!start) return 'A start is needed'
  if (new Date(start) >= now) return 'The start must be in the past'
  if (end && new Date(end) > now) return 'The end must be in the past'
  if (end && new Date(end) <= new Date(start)) return 'The end must come after the start'
  return undefined
}
