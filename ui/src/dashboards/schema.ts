/** What a dashboard is made of, for completion and hover alone: what is right is the server's to say. */

import { KINDS, STYLES } from './charts'

const CHART = 'io.kestra.plugin.core.dashboard.chart.'
const DATA = 'io.kestra.plugin.core.dashboard.data.'

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Executions: ['ID', 'NAMESPACE', 'FLOW_ID', 'FLOW_REVISION', 'STATE', 'DURATION', 'LABELS', 'START_DATE', 'END_DATE'],
  Logs: ['NAMESPACE', 'FLOW_ID', 'EXECUTION_ID', 'TASK_ID', 'DATE', 'TASK_RUN_ID', 'ATTEMPT_NUMBER', 'TRIGGER_ID', 'LEVEL', 'MESSAGE'],
  Metrics: ['NAMESPACE', 'FLOW_ID', 'TASK_ID', 'EXECUTION_ID', 'TASK_RUN_ID', 'TYPE', 'NAME', 'VALUE', 'DATE'],
  Flows: ['ID', 'NAMESPACE', 'REVISION'],
  Triggers: ['ID', 'NAMESPACE', 'FLOW_ID', 'TRIGGER_ID', 'EXECUTION_ID', 'NEXT_EXECUTION_DATE', 'WORKER_ID'],
}
const SOURCES = ['Text', 'FlowDescription']
const COUNTED_ALONE = ['Executions', 'Logs', 'Metrics', 'Flows']
const FILTERS = [
  'CONTAINS', 'STARTS_WITH', 'ENDS_WITH', 'EQUAL_TO', 'NOT_EQUAL_TO', 'GREATER_THAN', 'GREATER_THAN_OR_EQUAL_TO', 'LESS_THAN', 'LESS_THAN_OR_EQUAL_TO',
  'IN', 'NOT_IN', 'IS_NULL', 'IS_NOT_NULL', 'IS_TRUE', 'IS_FALSE', 'REGEX', 'OR',
]

const text = (description: string) => ({ type: 'string', description })
const choice = (description: string, values: readonly string[]) => ({ type: 'string', enum: values, description })
const map = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, required })
const list = (items: object, description: string) => ({ type: 'array', items, description })
const switched = (description: string) => map({ enabled: { type: 'boolean', default: true, description } })

const everyField = [...new Set(Object.values(FIELDS).flat())]

const column = map({
  field: choice('What the column holds. A count needs none.', everyField),
  displayName: text('How the column is called.'),
  agg: choice('How the values of a group become one. Columns without it are what the rows are grouped by.', ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX']),
  labelKey: text('Which label, for the field LABELS.'),
  graphStyle: choice('How a time series draws it.', STYLES),
  columnAlignment: choice('On which side a table writes it.', ['LEFT', 'RIGHT', 'CENTER']),
})

const filter = map({
  field: choice('What is compared.', everyField),
  type: choice('How it is compared.', FILTERS),
  labelKey: text('Which label, for the field LABELS.'),
  value: { description: 'What it is compared with.' },
  values: { type: 'array', description: 'What it is compared with, for IN and NOT_IN; filters of which one is enough, for OR.' },
})

const data = map({
  type: choice('Where the rows come from.', [...Object.keys(FIELDS).map((name) => DATA + name), ...COUNTED_ALONE.map((name) => `${DATA}${name}KPI`)]),
  columns: { type: 'object', additionalProperties: column, description: 'Columns by name; of a KPI, one column alone.' },
  where: list(filter, 'Only rows that fit all of these.'),
  numerator: list(filter, 'Of a KPI: only these are counted, and PERCENTAGE tells their share of all.'),
  orderBy: list(map({ column: text('Name of a column.'), order: choice('', ['ASC', 'DESC']) }, ['column']), 'How the rows are sorted.'),
}, ['type', 'columns'])

const options = map({
  displayName: text('Title of the chart.'),
  description: text('A line below the title.'),
  width: { type: 'integer', minimum: 1, maximum: 12, default: 6, description: 'Twelfths of the page.' },
  column: text('Name of the column along the axis.'),
  colorByColumn: text('Name of the column whose values have a colour each.'),
  tooltip: choice('What is told where the pointer is.', ['ALL', 'SINGLE', 'NONE']),
  legend: switched('Whether colours are explained.'),
  graphStyle: choice('Of a pie.', ['DONUT', 'PIE']),
  header: switched('Whether a table names its columns.'),
  pagination: switched('Whether a table has pages.'),
  numberType: choice('Of a KPI.', ['FLAT', 'PERCENTAGE']),
})

const chart = map({
  id: text('Name of the chart, the only one in this dashboard.'),
  type: choice('How the rows are shown.', KINDS.map((name) => CHART + name)),
  chartOptions: options,
  data,
  content: text('Text of a Markdown chart.'),
  source: map({
    type: choice('A text, or the description of a flow.', SOURCES),
    content: text('The text.'), namespace: text('Namespace of the flow.'), flowId: text('Id of the flow.'),
  }),
}, ['id', 'type'])

export const SCHEMA = map({
  id: text('Part of its address; the server makes one when there is none. It cannot be changed.'),
  title: text('How the dashboard is called.'),
  description: text('A line below the title.'),
  timeWindow: map({ default: text('What it shows at first, for instance P30D.'), max: text('What it shows at most, up to P366D.') }),
  charts: list(chart, 'What it shows, in this order.'),
}, ['title'])
