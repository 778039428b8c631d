/** What a chart says of itself, as far as it can be understood: the text is its author's. */

import { t } from '../language'

export const KINDS = ['TimeSeries', 'Bar', 'Pie', 'Table', 'Markdown', 'KPI'] as const
export const STYLES = ['LINES', 'BARS', 'POINTS'] as const

export type Kind = (typeof KINDS)[number]
export type Style = (typeof STYLES)[number]

export interface Column {
  name: string
  title: string
  field: string
  /** Empty for what the rows are grouped by. */
  aggregate: string
  style: Style
  align: 'left' | 'right' | 'center'
}

export interface MarkdownText {
  content: string
  /** The flow whose description it is instead. */
  flow?: { namespace: string; id: string }
}

export interface Chart {
  id: string
  kind: Kind | undefined
  /** What its rows are: `Executions`, `Logs` … */
  about: string
  title: string
  description: string
  /** Twelfths of the page. */
  width: number
  columns: Column[]
  /** Name of the column along the axis. */
  x: string
  /** Name of the column whose values have a colour each. */
  colour: string
  tooltip: 'NONE' | 'ALL' | 'SINGLE'
  hasLegend: boolean
  hasHeader: boolean
  isPaged: boolean
  isRing: boolean
  isPercentage: boolean
  text: MarkdownText
}

const CHART = 'io.kestra.plugin.core.dashboard.chart.'
const DATA = 'io.kestra.plugin.core.dashboard.data.'
const ALIGNS = { LEFT: 'left', RIGHT: 'right', CENTER: 'center' } as const
const WIDTH = 6
const KPI_WIDTH = 3
const WHOLE_WIDTH = 12

type Values = Record<string, unknown>

const mapOf = (value: unknown): Values => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {})

const textOf = (value: unknown): string => (['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '')

function oneOf<T extends string>(value: unknown, known: readonly T[], standard: T): T {
  return known.includes(value as T) ? (value as T) : standard
}

export function readChart(written: unknown): Chart {
  const chart = mapOf(written)
  const options = mapOf(chart.chartOptions)
  const data = mapOf(chart.data)
  const name = textOf(chart.type).replace(CHART, '')
  const kind = KINDS.find((known) => known === name)
  const id = textOf(chart.id)
  const width = Number(options.width)
  const standard = kind === 'KPI' ? KPI_WIDTH : WIDTH
  return {
    id,
    kind,
    about: textOf(data.type).replace(DATA, ''),
    title: textOf(options.displayName) || id || t`Chart`,
    description: textOf(options.description),
    width: Number.isInteger(width) && width >= 1 && width <= WHOLE_WIDTH ? width : standard,
    columns: kind === 'KPI' ? [columnOf('value', data.columns)] : Object.entries(mapOf(data.columns)).map(([key, column]) => columnOf(key, column)),
    x: textOf(options.column),
    colour: textOf(options.colorByColumn),
    tooltip: oneOf(options.tooltip, ['ALL', 'SINGLE', 'NONE'], 'ALL'),
    hasLegend: mapOf(options.legend).enabled !== false,
    hasHeader: mapOf(options.header).enabled !== false,
    isPaged: mapOf(options.pagination).enabled !== false,
    isRing: options.graphStyle !== 'PIE',
    isPercentage: options.numberType === 'PERCENTAGE',
    text: markdownOf(chart),
  }
}

function columnOf(name: string, written: unknown): Column {
  const column = mapOf(written)
  return {
    name,
    title: textOf(column.displayName) || name,
    field: textOf(column.field),
    aggregate: textOf(column.agg),
    style: oneOf(column.graphStyle, STYLES, 'LINES'),
    align: ALIGNS[oneOf(column.columnAlignment, ['LEFT', 'RIGHT', 'CENTER'], 'LEFT')],
  }
}

function markdownOf(chart: Values): MarkdownText {
  const source = mapOf(chart.source)
  const content = textOf(source.content) || textOf(chart.content)
  const [namespace, id] = [textOf(source.namespace), textOf(source.flowId)]
  return textOf(source.type).endsWith('FlowDescription') && namespace && id ? { content, flow: { namespace, id } } : { content }
}
