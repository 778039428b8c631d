import { expect, test } from 'vitest'
import type { DailyStatistic } from '../api/types'
import { parseSearch } from '../search'
import { barsOf, barText, countedOf, narrowedTo } from './counting'

const NOW = new Date('2024-12-31T10:20:00Z')
const counted = (text: string, fixed = {}) => countedOf(parseSearch(text), fixed, NOW, 'UTC')

test('what the address selects is counted, over thirty days unless it says when', () => {
  expect(counted('')).toEqual({ labels: [], state: [], startDate: '2024-12-01T00:00:00.000Z' })
  expect(counted('?q=late&state=FAILED&labels=a:b&namespace=other&page=2', { namespace: 'company', flowId: 'orders' })).toEqual({
    namespace: 'company', flowId: 'orders', q: 'late', labels: ['a:b'], state: ['FAILED'], startDate: '2024-12-01T00:00:00.000Z',
  })
  expect(counted('?timeRange=PT1H')?.startDate).toBe('2024-12-31T09:00:00.000Z')
  expect(counted('?startDate=2024-12-20T00:00:00Z&startedBefore=2024-12-21T00:00:00Z')).toMatchObject({ startDate: '2024-12-20T00:00:00Z', endDate: '2024-12-21T00:00:00Z' })
  expect(counted('?endDate=2024-11-30T12:00:00Z')?.startDate).toBe('2024-10-31T00:00:00.000Z')
})

test('what statistics cannot tell apart is not counted', () => {
  expect(counted('?triggerExecutionId=x')).toBeUndefined()
  expect(counted('?childFilter=CHILD')).toBeUndefined()
  expect(counted('?startDate=soon')).toBeUndefined()
})

const day = (startDate: string, executionCounts: DailyStatistic['executionCounts']): DailyStatistic => ({ startDate, executionCounts, groupBy: 'day' })
const BARS = barsOf([day('2024-12-20T00:00:00Z', { SUCCESS: 3, FAILED: 1, KILLED: 0 }), day('2024-12-21T00:00:00Z', { SUCCESS: 0 })], 'UTC')

test('a bar has its states, the worst on top, and tells them', () => {
  expect(BARS.map(({ total }) => total)).toEqual([4, 0])
  expect(barText(BARS[0]!)).toBe('12-20: 4, 1 FAILED, 3 SUCCESS')
})

test('a bar narrows to its time, the last one to all since', () => {
  expect(narrowedTo(BARS, 0)).toEqual({ startDate: '2024-12-20T00:00:00Z', startedBefore: '2024-12-21T00:00:00Z', endDate: undefined, timeRange: undefined, page: undefined })
  expect(narrowedTo(BARS, 1)).toEqual({ startDate: '2024-12-21T00:00:00Z', timeRange: undefined, page: undefined })
})
