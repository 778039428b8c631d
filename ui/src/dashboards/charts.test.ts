import { expect, test } from 'vitest'
import { readChart } from './charts'

test('a chart is read with what it leaves out', () => {
  const chart = readChart({
    id: 'a', type: 'io.kestra.plugin.core.dashboard.chart.TimeSeries', chartOptions: { displayName: 'Runs', column: 'date', legend: { enabled: false } },
    data: { type: 'io.kestra.plugin.core.dashboard.data.Executions', columns: { date: { field: 'START_DATE' }, total: { agg: 'COUNT', graphStyle: 'BARS' } } },
  })
  expect(chart).toMatchObject({ kind: 'TimeSeries', about: 'Executions', title: 'Runs', x: 'date', width: 6, tooltip: 'ALL', hasLegend: false, isPaged: true })
  expect(chart.columns.map(({ name, aggregate, style }) => [name, aggregate, style])).toEqual([['date', '', 'LINES'], ['total', 'COUNT', 'BARS']])
})

test('the column of a single number stands where others have a map of them', () => {
  expect(readChart({ id: 'k', type: 'KPI', data: { columns: { field: 'ID', agg: 'COUNT' } } }).columns).toMatchObject([{ name: 'value', field: 'ID', aggregate: 'COUNT' }])
})

test.each([undefined, null, 'text', 7, [], { type: [], chartOptions: 'x', data: [1], id: {} }, { chartOptions: { displayName: { a: 1 }, width: 99 }, data: { columns: { a: null } } }])(
  'what is no chart breaks nothing: %j',
  (written) => expect(readChart(written)).toMatchObject({ kind: undefined, title: 'Chart', width: 6 }),
)

test('a text is its own, or the description of a flow', () => {
  expect(readChart({ type: 'Markdown', content: '# Hi' }).text).toEqual({ content: '# Hi' })
  expect(readChart({ type: 'Markdown', source: { type: 'Text', content: 'new' } }).text).toEqual({ content: 'new' })
  expect(readChart({ type: 'Markdown', source: { type: 'FlowDescription', namespace: 'a.b', flowId: 'f' } }).text.flow).toEqual({ namespace: 'a.b', id: 'f' })
})
