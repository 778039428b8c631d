/** What the address narrows a whole dashboard to, and how its charts ask for that. */

import type { ChartQuestion, TimeWindow } from '../api/dashboards'
import { labelsIn, many, one, type Search } from '../search'
import type { Chart } from './charts'
import { isState } from './paint'
import { betweenOf, rangeOf, spanOf, type Span } from './spans'

export interface Narrowed {
  /** Of time, what the dashboard allows. */
  window: TimeWindow
  /** Up to now. */
  timeRange: string
  /** Instead of that range. */
  between?: Span
  namespace: string
  flow: string
  states: readonly string[]
  labels: readonly string[]
}

/** Parameters of the address that narrow a dashboard, besides its time. */
const NAMES = ['namespace', 'flowId', 'state', 'labels'] as const

export function narrowedOf(search: Search, window: TimeWindow): Narrowed {
  const between = betweenOf(one(search, 'startDate'), one(search, 'endDate'), window)
  return {
    window,
    timeRange: rangeOf(window, one(search, 'timeRange')),
    ...(between ? { between } : {}),
    namespace: one(search, 'namespace'),
    flow: one(search, 'flowId'),
    states: many(search, 'state').filter(isState),
    labels: labelsIn(search),
  }
}

/** All of a dashboard, in the time that it begins with. */
export const everything = (window: TimeWindow): Narrowed => narrowedOf({}, window)

export const isNarrowed = ({ namespace, flow, states, labels }: Narrowed) => Boolean(namespace || flow || states.length || labels.length)

export const notNarrowed = (): Record<string, undefined> => Object.fromEntries(NAMES.map((name) => [name, undefined]))

/** A question without its page, and the time that it is about. */
export interface Asked extends Omit<ChartQuestion, 'pageNumber' | 'pageSize'> {
  span: Span
}

export function askedOf({ timeRange, between, window, namespace, flow, states, labels }: Narrowed, now: Date): Asked {
  const span = between ?? spanOf(timeRange, window, now)
  const filters: NonNullable<ChartQuestion['filters']> = []
  if (flow) filters.push({ field: 'flowId', operation: 'CONTAINS', value: flow })
  if (states.length) filters.push({ field: 'state', operation: 'IN', value: states })
  if (labels.length) filters.push({ field: 'labels', operation: 'EQUALS', value: labels })
  return {
    span,
    startDate: span.start.toISOString(),
    endDate: span.end.toISOString(),
    ...(namespace ? { namespace } : {}),
    ...(filters.length ? { filters } : {}),
  }
}

const LACKED: Readonly<Record<string, readonly string[]>> = { Flows: ['state'], Triggers: ['state', 'label'] }

/** Which filters say nothing about the rows of a chart: flows have no state. */
export function passedOver({ about }: Pick<Chart, 'about'>, { states, labels }: Pick<Narrowed, 'states' | 'labels'>): string[] {
  const lacked = LACKED[about.replace(/KPI$/, '')] ?? []
  return lacked.filter((name) => (name === 'state' ? states : labels).length > 0)
}
