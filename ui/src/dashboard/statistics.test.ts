import { expect, test } from 'vitest'
import type { DailyStatistic } from '../api/types'
import { bucketName, bucketOf, firstErrors, meansOf, seriesOf, startOf, successRatio, totalsOf } from './statistics'

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

test('a bar leads to what it counts', () => {
  const bars = [day({}), { ...day({}), startDate: '2024-12-21T00:00:00Z' }]
  const now = new Date('2024-12-21T05:00:00Z')
  expect(bucketOf(bars, 0, now)).toEqual({ startDate: '2024-12-20T00:00:00Z', endDate: '2024-12-21T00:00:00Z' })
  expect(bucketOf(bars, 1, now).endDate).toBe(now.toISOString())
})

test('the first error of a task run tells why', () => {
  const entry = (taskRunId: string | undefined, message: string) => ({ namespace: 'n', flowId: 'f', executionId: 'e', timestamp: '', level: 'ERROR' as const, message, ...(taskRunId ? { taskRunId } : {}) })
  const errors = firstErrors([entry('a', 'second'), entry(undefined, 'of nobody'), entry('a', 'first'), entry('b', 'only')])
  expect([...errors]).toEqual([['a', 'first'], ['b', 'only']])
})

test('a bar in which nothing has ended has no mean duration', () => {
  expect(meansOf([{ ...day({}), duration: { count: 0 } }, { ...day({ SUCCESS: 2 }), duration: { avg: 'PT1.5S', count: 2 } }, day({})])).toEqual([undefined, 1500, undefined])
})
