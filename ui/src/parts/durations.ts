/** Durations and moments as people read them. */

import { digits, language, t } from '../language'
import { preferences } from '../settings/preferences'
import { wallClock, type WallClock } from '../settings/zones'

const PARTS = /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/

/** `PT1M2.5S` in milliseconds; undefined for what is no duration. */
export function milliseconds(iso: string | undefined): number | undefined {
  const found = iso === undefined ? null : PARTS.exec(iso)
  if (!found) return undefined
  const [, minus, days, hours, minutes, seconds] = found
  const total =
    Number(days ?? 0) * 86_400_000 + Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1000
  return minus ? -total : total
}

const [MS, S, MIN, H, D] = [t`ms`, t`s`, t`min`, t`h`, t`d`]

/** Two units at most: `950 ms`, `2.31 s`, `1 min 27 s`, `3 h 12 min`, `2 d 4 h`. */
export function readable(ms: number): string {
  if (ms > 0 && ms < 1) return `${rounded(ms, 2)} ${MS}`
  if (ms < 1000) return `${Math.round(ms)} ${MS}`
  if (ms < 10_000) return `${rounded(ms / 1000, 2)} ${S}`
  if (ms < 60_000) return `${rounded(ms / 1000, 1)} ${S}`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return two(seconds, 60, MIN, S)
  if (seconds < 86_400) return two(Math.round(seconds / 60), 60, H, MIN)
  return two(Math.round(seconds / 3600), 24, D, H)
}

const rounded = (value: number, places: number) => digits(value, { minimumFractionDigits: places, maximumFractionDigits: places })

function two(value: number, base: number, large: string, small: string): string {
  const rest = value % base
  return `${Math.floor(value / base)} ${large}${rest ? ` ${rest} ${small}` : ''}`
}

const pad = (value: number) => String(value).padStart(2, '0')

const time = ({ hour, minute, second }: WallClock) => `${pad(hour)}:${pad(minute)}:${pad(second)}`
const day = ({ month, day }: WallClock) => `${pad(month)}-${pad(day)}`

/** As the reader likes dates; the short form tells today by the time alone, and this year without the year. */
export function shortMoment(iso: string, now: Date, { dateFormat, timeZone } = preferences()): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  if (dateFormat === 'local') {
    return new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'medium', ...(timeZone ? { timeZone } : {}) }).format(date)
  }
  const [clock, today] = [wallClock(date, timeZone), wallClock(now, timeZone)]
  const isThisYear = clock.year === today.year && dateFormat === 'short'
  if (isThisYear && day(clock) === day(today)) return time(clock)
  return isThisYear ? `${day(clock)} ${time(clock)}` : `${clock.year}-${day(clock)} ${time(clock)}`
}

/** To the millisecond, in the zone of the reader. */
export function fullMoment(iso: string, zone = preferences().timeZone): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const clock = wallClock(date, zone)
  return `${clock.year}-${day(clock)} ${time(clock)}.${String(clock.millisecond).padStart(3, '0')}`
}

/** `in 3 h`, `2 min ago`, `now`. */
export function relative(iso: string, now: Date): string {
  const away = Date.parse(iso) - now.getTime()
  const seconds = Math.abs(Math.round(away / 1000))
  if (seconds === 0) return t`now`
  const text = readable(seconds * 1000)
  return away >= 0 ? t`in ${text}` : t`${text} ago`
}
