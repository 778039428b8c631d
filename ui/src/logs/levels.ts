import { LEVELS } from '../api/logs'
import type { Level } from '../api/types'

export interface DailyLevels {
  timestamp: string
  counts: Partial<Record<Level, number>>
  groupBy: string
}

/** One row of bars for each level that occurs, the gravest on top. */
export const barsOf = (days: readonly DailyLevels[]) =>
  LEVELS.map((level) => ({ name: level, values: days.map(({ counts }) => counts[level] ?? 0), marks: { level } })).filter(({ values }) => values.some((value) => value > 0))
