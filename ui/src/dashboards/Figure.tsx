import type { Chart } from './charts'
import { percent } from '../language'
import { told } from './values'

/** One number, large. */
export function Figure({ chart, value }: { chart: Chart; value: unknown }) {
  return <p className="figure">{figureOf(chart, value)}</p>
}

export function figureOf({ isPercentage, columns: [column] }: Pick<Chart, 'isPercentage' | 'columns'>, value: unknown): string {
  if (typeof value !== 'number' || !column) return '–'
  return isPercentage ? percent(value / 100) : told(column, value)
}
