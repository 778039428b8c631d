import { digits } from '../language'
import { readable, shortMoment } from '../parts/durations'
import type { Column } from './charts'

const DATES = ['START_DATE', 'END_DATE', 'DATE', 'NEXT_EXECUTION_DATE']
const MOST_DIGITS = 2

export const isDate = ({ field, aggregate }: Column) => DATES.includes(field) && !['COUNT', 'SUM', 'AVG'].includes(aggregate)

export const isNumber = ({ field, aggregate }: Column) => aggregate !== '' || ['DURATION', 'VALUE'].includes(field)

/** A number as people read it; lengths of executions come in seconds. */
export function told({ field, aggregate }: Pick<Column, 'field' | 'aggregate'>, value: number): string {
  if (field === 'DURATION' && aggregate !== 'COUNT') return readable(value * 1000)
  return digits(value, { maximumFractionDigits: MOST_DIGITS })
}

/** A value of a row in a line of text; `–` for none. */
export function nameOf(column: Column, value: unknown, now = new Date()): string {
  if (value === undefined || value === null || value === '') return '–'
  if (typeof value === 'number') return isNumber(column) ? told(column, value) : String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (isDate(column)) return shortMoment(text, now)
  return column.field === 'LABELS' ? labelsOf(text) : text
}

/** All labels of an execution come as JSON; of one label its value alone does. */
function labelsOf(text: string): string {
  try {
    const labels: unknown = JSON.parse(text)
    return Array.isArray(labels) ? labels.map(({ key, value }: { key: string; value: unknown }) => `${key}: ${value}`).join(', ') || '–' : text
  } catch {
    return text
  }
}
