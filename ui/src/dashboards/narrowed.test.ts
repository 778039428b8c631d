import { expect, test } from 'vitest'
import { parseSearch } from '../search'
import { askedOf, everything, isNarrowed, narrowedOf, notNarrowed, passedOver } from './narrowed'

const WINDOW = { default: 'P7D', max: 'P30D' }
const NOW = new Date('2026-11-25T14:35:20Z')
const of = (text: string) => narrowedOf(parseSearch(text), WINDOW)

test('the address narrows all charts of a dashboard', () => {
  const narrowed = of('?namespace=company&flowId=ord&state=FAILED&state=KILLED&labels=team:sales&labels=a:b:c&timeRange=PT24H')
  expect(askedOf(narrowed, NOW)).toMatchObject({
    startDate: '2026-11-24T14:00:00.000Z', endDate: '2026-11-25T14:35:20.000Z', namespace: 'company',
    filters: [
      { field: 'flowId', operation: 'CONTAINS', value: 'ord' },
      { field: 'state', operation: 'IN', value: ['FAILED', 'KILLED'] },
      { field: 'labels', operation: 'EQUALS', value: ['team:sales', 'a:b:c'] },
    ],
  })
  expect(isNarrowed(narrowed)).toBe(true)
})

test('what can be no filter narrows nothing', () => {
  const narrowed = of('?state=NONSENSE&labels=team&labels=:x&timeRange=P1000D&startDate=yesterday&endDate=now')
  expect(narrowed).toEqual(everything(WINDOW))
  expect(isNarrowed(narrowed)).toBe(false)
  expect(askedOf(narrowed, NOW)).not.toHaveProperty('filters')
  expect(notNarrowed()).toEqual({ namespace: undefined, flowId: undefined, state: undefined, labels: undefined })
})

test.each([
  ['2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', '2026-11-01T00:00:00.000Z'],
  ['2026-01-01T00:00:00Z', '2026-11-02T00:00:00Z', '2026-10-03T00:00:00.000Z'],
])('between two moments, no longer than the dashboard allows: %s, %s', (startDate, endDate, start) => {
  expect(askedOf(of(`?startDate=${startDate}&endDate=${endDate}&timeRange=PT1H`), NOW)).toMatchObject({ startDate: start, endDate: '2026-11-02T00:00:00.000Z' })
})

test('an end before its start is no time', () => {
  expect(of('?startDate=2026-11-02T00:00:00Z&endDate=2026-11-01T00:00:00Z')).not.toHaveProperty('between')
})

test.each([['Executions', []], ['LogsKPI', []], ['Flows', ['state']], ['FlowsKPI', ['state']], ['Triggers', ['state', 'label']]])('%s have none of %j', (about, lacked) => {
  expect(passedOver({ about }, { states: ['FAILED'], labels: ['a:b'] })).toEqual(lacked)
  expect(passedOver({ about }, { states: [], labels: [] })).toEqual([])
})
