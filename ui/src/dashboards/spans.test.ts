import { expect, test } from 'vitest'
import { movedTo, rangeOf, rangesOf, spanOf, stepsOf } from './spans'

const NOW = new Date('2026-11-25T14:35:20Z')
const WINDOW = { default: 'P30D', max: 'P366D' }

test('a dashboard offers what it allows, and what it begins with', () => {
  expect(rangesOf(WINDOW).map(({ value }) => value)).toEqual(['PT1H', 'PT24H', 'P7D', 'P30D', 'P365D'])
  expect(rangesOf({ default: 'P14D', max: 'P20D' })).toEqual([
    { value: 'PT1H', label: 'Last hour' }, { value: 'PT24H', label: 'Last 24 hours' }, { value: 'P7D', label: 'Last 7 days' }, { value: 'P14D', label: 'Last 14 d' },
  ])
})

test('a range that is unknown or too long gives way to its own', () => {
  expect(rangeOf({ default: 'PT720H', max: 'P366D' }, '')).toBe('P30D')
  expect(rangeOf({ default: 'P7D', max: 'P10D' }, 'P30D')).toBe('P7D')
  expect(rangeOf(WINDOW, 'PT1H')).toBe('PT1H')
})

test('a span begins with a full step, but never before the dashboard allows', () => {
  expect(spanOf('P7D', WINDOW, NOW).start.toISOString()).toBe('2026-11-18T00:00:00.000Z')
  expect(spanOf('PT24H', WINDOW, NOW).start.toISOString()).toBe('2026-11-24T14:00:00.000Z')
  expect(spanOf('P7D', { default: 'P7D', max: 'P7D' }, NOW).start.toISOString()).toBe('2026-11-18T14:35:20.000Z')
})

test.each([
  ['PT1H', 61, '2026-11-25T13:35:00.000Z'], ['PT24H', 25, '2026-11-24T14:00:00.000Z'], ['P7D', 8, '2026-11-18T00:00:00.000Z'],
  ['P365D', 53, '2025-11-24T00:00:00.000Z'],
])('%s has every step', (range, count, first) => {
  const steps = stepsOf(spanOf(range, WINDOW, NOW))
  expect([steps.length, new Date(steps[0] as number).toISOString()]).toEqual([count, first])
})

const day = (date: number) => new Date(Date.UTC(2026, 9, date))

test.each([
  ['start', 5, [5, 20]], ['end', 30, [10, 30]], ['start', 25, [25, 35]], ['end', 5, [-5, 5]], ['start', -20, [-20, -10]], ['end', 60, [50, 60]],
] as const)('when the %s moves to day %i, the span is %j', (end, date, [from, to]) => {
  expect(movedTo({ start: day(10), end: day(20) }, end, day(date), { default: 'P7D', max: 'P30D' })).toEqual({ start: day(from), end: day(to) })
})
