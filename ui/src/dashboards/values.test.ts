import { expect, test } from 'vitest'
import { readChart, type Column } from './charts'
import { figureOf } from './Figure'
import { addressOf } from './RowTable'
import { nameOf, told } from './values'
import { writtenOf } from './written'

test('lengths of executions are seconds, counts of them are counts', () => {
  expect(told({ field: 'DURATION', aggregate: 'SUM' }, 90)).toBe('1 min 30 s')
  expect(told({ field: 'DURATION', aggregate: 'COUNT' }, 1234.5678)).toBe('1,234.57')
})

test('values are told as text, whatever they are', () => {
  const column = readChart({ data: { columns: { a: { field: 'MESSAGE' } } } }).columns[0] as Column
  expect([undefined, null, '', 'x', { a: 1 }, 3].map((value) => nameOf(column, value))).toEqual(['–', '–', '–', 'x', '{"a":1}', '3'])
})

test.each([['sales', 'sales'], ['[broken', '[broken'], ['[]', '–'], ['[{"key": "team", "value": "sales"}, {"key": "a", "value": 1}]', 'team: sales, a: 1'], ['[null]', '[null]']])('labels %s', (text, expected) => {
  const column = readChart({ data: { columns: { a: { field: 'LABELS' } } } }).columns[0] as Column
  expect(nameOf(column, text)).toBe(expected)
})

test.each([[true, 66.666, '66.7 %'], [false, 12345, '12,345'], [false, undefined, '–']])('a single number, a share %s of %s', (isPercentage, value, text) => {
  const { columns } = readChart({ type: 'KPI', data: { columns: { field: 'ID', agg: 'COUNT' } } })
  expect(figureOf({ isPercentage, columns }, value)).toBe(text)
})

test('what has a page leads there when its row tells where', () => {
  const chart = readChart({ type: 'Table', data: { type: 'Executions', columns: { id: { field: 'ID' }, ns: { field: 'NAMESPACE' }, flow: { field: 'FLOW_ID' }, state: { field: 'STATE' } } } })
  const row = { id: 'x/1', ns: 'a.b', flow: 'f', state: 'FAILED' }
  expect(chart.columns.map((column) => addressOf(chart, column, row))).toEqual(['/executions/a.b/f/x%2F1', '/namespaces/edit/a.b', '/flows/edit/a.b/f', undefined])
  expect(addressOf(chart, chart.columns[0] as Column, { id: 'x' })).toBeUndefined()
})

test('of half a text what can be drawn is drawn', () => {
  expect(writtenOf(undefined)).toEqual({ charts: [], window: { default: 'P30D', max: 'P366D' } })
  expect(writtenOf({ charts: 'x', timeWindow: { default: 'P7D', max: 4 } })).toEqual({ charts: [], window: { default: 'P7D', max: 'P366D' } })
})
