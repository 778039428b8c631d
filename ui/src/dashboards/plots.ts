/** Rows of a chart as what is drawn of them. */

import type { Row } from '../api/dashboards'
import type { StateName } from '../api/types'
import { bucketName, STACK } from '../dashboard/statistics'
import { t } from '../language'
import type { Chart, Column, Style } from './charts'
import { paintsOf, type Paint } from './paint'
import { isOfDays, stepsOf, type Span } from './spans'
import { nameOf } from './values'

export interface Strand {
  name: string
  paint: Paint
  style: Style
  column: Column
  values: (number | null)[]
  /** Where each value has a colour of its own. */
  paints?: Paint[]
  /** Counted along the axis on the right. */
  isSecond: boolean
}

export interface Plot {
  names: string[]
  strands: Strand[]
}

const MOST_STRANDS = 10
const MOST_NAMES = 40
const MOST_SLICES = 9
const REST = t`Other`

/** Several values in one place, as their kind goes together. */
function together(aggregate: string, values: readonly number[]): number | null {
  if (!values.length) return aggregate === 'COUNT' || aggregate === 'SUM' ? 0 : null
  if (aggregate === 'MIN') return Math.min(...values)
  if (aggregate === 'MAX') return Math.max(...values)
  const sum = values.reduce((all, value) => all + value, 0)
  return aggregate === 'AVG' ? sum / values.length : sum
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0)

const sumOf = (values: readonly (number | null)[]) => values.reduce<number>((all, value) => all + (value ?? 0), 0)

/** States are stacked as everywhere; what is none stands above them, by name. */
function rankOf(name: string): number {
  const rank = STACK.indexOf(name as StateName)
  return rank < 0 ? STACK.length : rank
}

interface Sorted {
  places: number
  placeOf: (row: Row) => number | undefined
  groupOf: (row: Row) => string
}

/** The values of a column, by group and place; the smallest groups are one when there are many. */
function strandsOf(rows: readonly Row[], column: Column, { places, placeOf, groupOf }: Sorted): Pick<Strand, 'name' | 'values'>[] {
  const weights = new Map<string, number>()
  for (const row of rows) weights.set(groupOf(row), (weights.get(groupOf(row)) ?? 0) + numberOf(row[column.name]))
  const heaviest = [...weights].toSorted((a, b) => b[1] - a[1]).map(([name]) => name)
  const kept = heaviest.length > MOST_STRANDS ? new Set(heaviest.slice(0, MOST_STRANDS)) : undefined
  const cells = new Map<string, number[][]>()
  for (const row of rows) {
    const place = placeOf(row)
    if (place === undefined || typeof row[column.name] !== 'number') continue
    const group = groupOf(row)
    const name = !kept || kept.has(group) ? group : REST
    const values = cells.get(name) ?? Array.from({ length: places }, () => [])
    values[place]?.push(numberOf(row[column.name]))
    cells.set(name, values)
  }
  return [...cells].toSorted(([a], [b]) => rankOf(a) - rankOf(b) || a.localeCompare(b)).map(([name, values]) => ({ name, values: values.map((value) => together(column.aggregate, value)) }))
}

function groupsOf({ columns, colour, x }: Chart): Column[] {
  const chosen = columns.find(({ name }) => name === colour)
  return chosen ? [chosen] : columns.filter(({ name, aggregate }) => !aggregate && name !== x)
}

const joined = (columns: readonly Column[], row: Row) => columns.map((column) => nameOf(column, row[column.name])).join(' · ')

function painted(strands: readonly Omit<Strand, 'paint'>[]): Strand[] {
  const paints = paintsOf(strands.map(({ name }) => name))
  return strands.map((strand, index) => ({ ...strand, paint: paints[index] as Paint }))
}

/** One step of time after the other; the column drawn as bars is split by colour, the other is not. */
export function timeSeriesOf(chart: Chart, rows: readonly Row[], span: Span): Plot {
  const momentOf = (row: Row) => Date.parse(String(row[chart.x]))
  const moments = new Set([...stepsOf(span), ...rows.map(momentOf).filter((moment) => !Number.isNaN(moment))])
  const steps = [...moments].toSorted((a, b) => a - b)
  const order = new Map(steps.map((step, index) => [step, index]))
  const placed = { places: steps.length, placeOf: (row: Row) => order.get(momentOf(row)) }
  const measured = chart.columns.filter(({ aggregate }) => aggregate)
  const split = measured.find(({ style }) => style === 'BARS') ?? measured[0]
  const groups = groupsOf(chart)
  const strands = measured.flatMap((column) => {
    const groupOf = (row: Row) => (column === split && groups.length ? joined(groups, row) : column.title)
    return strandsOf(rows, column, { ...placed, groupOf }).map((strand) => ({ ...strand, column, style: column.style, isSecond: column !== split }))
  })
  const [unit, zone] = isOfDays(span) ? (['day', 'UTC'] as const) : (['hour', undefined] as const)
  return { names: steps.map((step) => bucketName(new Date(step).toISOString(), unit, zone)), strands: painted(strands) }
}

/** One bar for each value of a column, in the order of the rows. */
export function barsOf(chart: Chart, rows: readonly Row[]): Plot {
  const measured = chart.columns.find(({ aggregate }) => aggregate)
  const x = chart.columns.find(({ name }) => name === chart.x) ?? chart.columns.find(({ aggregate }) => !aggregate)
  if (!measured || !x) return { names: [], strands: [] }
  const names = [...new Set(rows.map((row) => nameOf(x, row[x.name])))].slice(0, MOST_NAMES)
  const order = new Map(names.map((name, index) => [name, index]))
  const groups = groupsOf({ ...chart, x: x.name }).filter((column) => column !== x)
  const groupOf = (row: Row) => (groups.length ? joined(groups, row) : measured.title)
  const strands = strandsOf(rows, measured, { places: names.length, placeOf: (row) => order.get(nameOf(x, row[x.name])), groupOf })
  const own = !groups.length && ['STATE', 'LEVEL'].includes(x.field) ? { paints: paintsOf(names) } : {}
  return { names, strands: painted(strands.map((strand) => ({ ...strand, ...own, column: measured, style: 'BARS', isSecond: false }))) }
}

export interface Slice {
  name: string
  value: number
  share: number
  paint: Paint
}

/** The largest first; many small ones are one. */
export function slicesOf(chart: Chart, rows: readonly Row[]): Slice[] {
  const measured = chart.columns.find(({ aggregate }) => aggregate)
  if (!measured) return []
  const values = new Map<string, number>()
  for (const row of rows) {
    const name = joined(groupsOf(chart), row) || measured.title
    values.set(name, (values.get(name) ?? 0) + numberOf(row[measured.name]))
  }
  const all = [...values].filter(([, value]) => value > 0).toSorted((a, b) => b[1] - a[1])
  const rest = all.slice(MOST_SLICES)
  const shown: [string, number][] = rest.length ? [...all.slice(0, MOST_SLICES), [t`Other (${rest.length})`, sumOf(rest.map(([, value]) => value))]] : all
  const total = sumOf(shown.map(([, value]) => value))
  const paints = paintsOf(shown.map(([name]) => name))
  return shown.map(([name, value], index) => ({ name, value, share: value / total, paint: paints[index] as Paint }))
}

/** How many names a bar chart leaves out. */
export function namesBeyond(chart: Chart, rows: readonly Row[]): number {
  return Math.max(0, new Set(rows.map((row) => String(row[chart.x]))).size - MOST_NAMES)
}

/** What all values of a strand come to, where that means something. */
export const totalOf = ({ column: { aggregate }, values }: Strand): number | undefined => (aggregate === 'COUNT' || aggregate === 'SUM' ? sumOf(values) : undefined)
