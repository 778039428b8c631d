import { expect, test } from 'vitest'
import { daysOf } from './history'

test('a day is as busy as all its executions and remembered by the worst', () => {
  const [busy, idle] = daysOf([
    { startDate: new Date(2024, 11, 20).toISOString(), executionCounts: { SUCCESS: 5, FAILED: 1 } },
    { startDate: new Date(2024, 11, 21).toISOString(), executionCounts: { SUCCESS: 0 } },
  ])
  expect(busy).toEqual({ day: '12-20', count: 6, state: 'FAILED' })
  expect(idle).toEqual({ day: '12-21', count: 0, state: undefined })
})
