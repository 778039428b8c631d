import { expect, test } from 'vitest'
import { readChart } from './charts'
import { barsOf, namesBeyond, slicesOf, timeSeriesOf, totalOf } from './plots'

const SPAN = { start: new Date('2026-11-22T00:00:00Z'), end: new Date('2026-11-25T12:00:00Z') }

const SERIES = readChart({
  type: 'TimeSeries', chartOptions: { column: 'date', colorByColumn: 'state' },
  data: { columns: { date: { field: 'START_DATE' }, state: { field: 'STATE' }, mean: { field: 'DURATION', agg: 'AVG' }, total: { agg: 'COUNT', graphStyle: 'BARS' } } },
})

test('bars are split by colour and have every day, lines are of all together', () => {
  const rows = [
    { date: '2026-11-23T00:00:00Z', state: 'SUCCESS', total: 3, mean: 2 },
    { date: '2026-11-23T00:00:00Z', state: 'FAILED', total: 1, mean: 4 },
    { date: '2026-11-25T00:00:00Z', state: 'SUCCESS', total: 2 },
  ]
  const { names, strands } = timeSeriesOf(SERIES, rows, SPAN)
  expect(names).toEqual(['11-22', '11-23', '11-24', '11-25'])
  expect(strands.map(({ name, values, style, isSecond }) => [name, values, style, isSecond])).toEqual([
    ['mean', [null, 3, null, null], 'LINES', true],
    ['SUCCESS', [0, 3, 0, 2], 'BARS', false],
    ['FAILED', [0, 1, 0, 0], 'BARS', false],
  ])
  expect(strands.map(({ paint }) => paint)).toEqual([{ 'data-hue': '0' }, { 'data-state': 'SUCCESS' }, { 'data-state': 'FAILED' }])
  expect(strands.map(totalOf)).toEqual([undefined, 5, 1])
})

test('many groups are a few and the rest', () => {
  const rows = Array.from({ length: 14 }, (_, index) => ({ date: '2026-11-23T00:00:00Z', state: `s${index}`, total: 100 - index }))
  const { strands } = timeSeriesOf({ ...SERIES, columns: SERIES.columns.filter(({ name }) => name !== 'mean') }, rows, SPAN)
  expect(strands).toHaveLength(11)
  expect(strands.find(({ name }) => name === 'Other')?.values).toEqual([0, 90 + 89 + 88 + 87, 0, 0])
})

const BARS = readChart({ type: 'Bar', chartOptions: { column: 'flow' }, data: { columns: { flow: { field: 'FLOW_ID' }, total: { agg: 'COUNT' } } } })

test('bars stand in the order of the rows, and no more than can be read', () => {
  const rows = Array.from({ length: 45 }, (_, index) => ({ flow: `f${index}`, total: index }))
  const { names, strands } = barsOf(BARS, rows)
  expect([names[0], names.length, strands.length, strands[0]?.values[3]]).toEqual(['f0', 40, 1, 3])
  expect(namesBeyond(BARS, rows)).toBe(5)
})

test('states have their colours, one each', () => {
  const chart = readChart({ type: 'Bar', chartOptions: { column: 's' }, data: { columns: { s: { field: 'STATE' }, total: { agg: 'COUNT' } } } })
  expect(barsOf(chart, [{ s: 'FAILED', total: 1 }, { s: 'SUCCESS', total: 2 }]).strands[0]?.paints).toEqual([{ 'data-state': 'FAILED' }, { 'data-state': 'SUCCESS' }])
})

test('slices come by size, small ones as one', () => {
  const chart = readChart({ type: 'Pie', chartOptions: { colorByColumn: 'flow' }, data: { columns: { flow: { field: 'FLOW_ID' }, total: { agg: 'COUNT' } } } })
  const slices = slicesOf(chart, [{ flow: 'a', total: 1 }, { flow: 'b', total: 3 }, { total: 4 }])
  expect(slices.map(({ name, value, share }) => [name, value, share])).toEqual([['–', 4, 0.5], ['b', 3, 0.375], ['a', 1, 0.125]])
  const many = slicesOf(chart, Array.from({ length: 12 }, (_, index) => ({ flow: `f${index}`, total: 1 })))
  expect(many.at(-1)).toMatchObject({ name: 'Other (3)', value: 3 })
})

test('what has nothing to count draws nothing', () => {
  expect(barsOf(readChart({ type: 'Bar' }), [{ a: 1 }])).toEqual({ names: [], strands: [] })
  expect(slicesOf(readChart({ type: 'Pie' }), [{ a: 1 }])).toEqual([])
})
