import { expect, test } from 'vitest'
import type { DailyStatistic } from '../api/types'
import { bucketName, seriesOf, startOf, successRatio, totalsOf } from './statistics'

const day = (executionCounts: DailyStatistic['executionCounts']): DailyStatistic => ({ startDate: '2024-12-20T00:00:00Z', executionCounts })

test('states that never occur have no series', () => {
  expect(seriesOf([day({ SUCCESS: 2, FAILED: 0 }), day({ SUCCESS: 1, KILLED: 1 })])).toEqual([
    { state: 'SUCCESS', values: [2, 1] },
    { state: 'KILLED', values: [0, 1] },
  ])
})

test('what goes on is not counted against the success', () => {
  const totals = totalsOf([day({ SUCCESS: 3, FAILED: 1, RUNNING: 5 })])
  expect(totals).toEqual({ all: 9, succeeded: 3, failed: 1 })
  expect(successRatio(totals)).toBe(0.75)
  expect(successRatio(totalsOf([day({ RUNNING: 1 })]))).toBeUndefined()
})

test('hours have a clock', () => {
  expect(bucketName(new Date(2024, 11, 20, 7).toISOString(), 'hour')).toBe('12-20 07:00')
  expect(bucketName(new Date(2024, 11, 20).toISOString(), 'day')).toBe('12-20')
})

test('a range of days begins at midnight, one of hours at a full hour', () => {
  const now = new Date(2024, 11, 20, 7, 31, 5)
  expect(startOf('P7D', now)).toBe(new Date(2024, 11, 13).toISOString())
  expect(startOf('PT24H', now)).toBe(new Date(2024, 11, 19, 7).toISOString())
})
