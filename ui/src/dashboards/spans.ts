/** Which time a dashboard is about, and the steps that the server counts it in. */

import type { TimeWindow } from '../api/dashboards'
import { RANGES } from '../dashboard/ranges'
import { t } from '../language'
import { milliseconds, readable } from '../parts/durations'

export interface Span {
  start: Date
  end: Date
}

type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const STANDARD_MS = 30 * DAY_MS
const LONGEST_MS = 366 * DAY_MS

const lengthOf = (duration: string) => milliseconds(duration) ?? STANDARD_MS

/** What may be chosen: no more than the dashboard allows, and what it begins with. */
export function rangesOf(window: TimeWindow): { value: string; label: string }[] {
  const most = milliseconds(window.max) ?? LONGEST_MS
  const standard = lengthOf(window.default)
  const fitting = RANGES.filter(({ value }) => lengthOf(value) <= most)
  if (fitting.some(({ value }) => lengthOf(value) === standard)) return fitting
  const own = { value: window.default, label: t`Last ${readable(standard)}` }
  return [...fitting, own].toSorted((a, b) => lengthOf(a.value) - lengthOf(b.value))
}

/** The wanted range if it may be chosen, else that of the dashboard. */
export function rangeOf(window: TimeWindow, wanted: string): string {
  const ranges = rangesOf(window)
  const found = ranges.find(({ value }) => value === wanted) ?? ranges.find(({ value }) => lengthOf(value) === lengthOf(window.default))
  return found?.value ?? window.default
}

/** The server's own choice of steps for a span. */
function unitOf(length: number): Unit {
  const [days, hours] = [Math.floor(length / DAY_MS), Math.floor(length / HOUR_MS)]
  if (days > 365) return 'month'
  if (days > 180) return 'week'
  if (days > 1) return 'day'
  return hours > 6 ? 'hour' : 'minute'
}

/** The step, of those that begin at full hours and midnights of UTC, that a moment belongs to. */
function stepOf(at: number, unit: Unit): number {
  if (unit === 'minute') return at - (at % MINUTE_MS)
  if (unit === 'hour') return at - (at % HOUR_MS)
  const day = new Date(at - (at % DAY_MS))
  if (unit === 'week') return day.getTime() - ((day.getUTCDay() + 6) % 7) * DAY_MS
  return unit === 'month' ? Date.UTC(day.getUTCFullYear(), day.getUTCMonth()) : day.getTime()
}

function nextStep(step: number, unit: Unit): number {
  if (unit === 'minute') return step + MINUTE_MS
  if (unit === 'hour') return step + HOUR_MS
  if (unit === 'day') return step + DAY_MS
  if (unit === 'week') return step + 7 * DAY_MS
  const month = new Date(step)
  return Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1)
}

/** Until now, from the beginning of a step where the dashboard allows as much. */
export function spanOf(range: string, window: TimeWindow, now: Date): Span {
  const length = lengthOf(range)
  const unit = unitOf(length)
  const full = stepOf(now.getTime() - length, unit === 'week' || unit === 'month' ? 'day' : unit)
  const earliest = now.getTime() - (milliseconds(window.max) ?? LONGEST_MS)
  return { start: new Date(Math.max(full, earliest)), end: now }
}

/** Two moments of the address as a span, no longer than the dashboard allows; undefined for what is none. */
export function betweenOf(startDate: string, endDate: string, window: TimeWindow): Span | undefined {
  const [start, end] = [Date.parse(startDate), Date.parse(endDate)]
  if (!(start < end)) return undefined
  return { start: new Date(Math.max(start, end - (milliseconds(window.max) ?? LONGEST_MS))), end: new Date(end) }
}

/** A span of which one end was moved. The other follows where there would be no time between them, or more than the dashboard allows. */
export function movedTo(span: Span, moved: keyof Span, moment: Date, window: TimeWindow): Span {
  const most = milliseconds(window.max) ?? LONGEST_MS
  const lengthOfSpan = ({ start, end }: Span) => end.getTime() - start.getTime()
  const next = { ...span, [moved]: moment }
  if (lengthOfSpan(next) > 0 && lengthOfSpan(next) <= most) return next
  const kept = Math.min(lengthOfSpan(span), most)
  return moved === 'start' ? { start: moment, end: new Date(moment.getTime() + kept) } : { start: new Date(moment.getTime() - kept), end: moment }
}

/** Every step of a span, also those in which nothing was. */
export function stepsOf({ start, end }: Span): number[] {
  const unit = unitOf(end.getTime() - start.getTime())
  const found: number[] = []
  for (let step = stepOf(start.getTime(), unit); step < end.getTime(); step = nextStep(step, unit)) found.push(step)
  return found
}

/** `day` and longer steps are those of UTC, so they are named in UTC. */
export const isOfDays = ({ start, end }: Span) => ['day', 'week', 'month'].includes(unitOf(end.getTime() - start.getTime()))
