import type { DailyStatistic, StateName } from '../api/types'
import { seriesOf } from './statistics'

export interface StateCount {
  state: StateName
  count: number
}

/** How many executions are in each state that occurs, the most first. */
export const countsOf = (days: readonly DailyStatistic[]): StateCount[] =>
  seriesOf(days).map(({ state, values }) => ({ state, count: values.reduce((sum, value) => sum + value, 0) })).toSorted((a, b) => b.count - a.count)

interface Arc {
  state: StateName
  /** In hundredths of the ring, as is where it begins: a quarter is the top. */
  length: number
  offset: number
}

const TOP = 25
const LEAST = 1

/** Pieces of a ring with a gap between two; one that would be too thin to be seen is drawn all the same. */
export function arcsOf(counts: readonly StateCount[], gap: number): Arc[] {
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const room = counts.length > 1 ? gap : 0
  let passed = 0
  return counts.map(({ state, count }) => {
    const share = (100 * count) / total
    const arc = { state, length: Math.max(Math.min(LEAST, share), share - room), offset: TOP - passed }
    passed += share
    return arc
  })
}
