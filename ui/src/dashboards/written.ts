import type { TimeWindow } from '../api/dashboards'
import { milliseconds } from '../parts/durations'

const WINDOW: TimeWindow = { default: 'P30D', max: 'P366D' }

/** Charts and time of a dashboard that is being written, as far as there are any. */
export function writtenOf(read: unknown): { charts: unknown[]; window: TimeWindow } {
  const { charts, timeWindow } = (read ?? {}) as { charts?: unknown; timeWindow?: unknown }
  const given = (timeWindow ?? {}) as Record<string, unknown>
  const lengthOf = (name: keyof TimeWindow) => {
    const value = given[name]
    return typeof value === 'string' && milliseconds(value) !== undefined ? value : WINDOW[name]
  }
  return { charts: Array.isArray(charts) ? charts : [], window: { default: lengthOf('default'), max: lengthOf('max') } }
}
