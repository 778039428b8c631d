import { expect, test } from 'vitest'
import { usageOf } from './usageOf'

test('what is stored and what ran is summed up', () => {
  const stored = { flows: { count: 3, namespacesCount: 2, taskTypeCount: { Log: 4, Sleep: 1 }, triggerTypeCount: {} } }
  const ran = [
    { startDate: '2026-11-25T00:00:00Z', executionCounts: { SUCCESS: 3, FAILED: 1 }, duration: { count: 4, sum: 'PT1M30S' } },
    { startDate: '2026-11-26T00:00:00Z', executionCounts: {} },
  ]
  expect(usageOf(stored, ran)).toEqual({ namespaces: 2, flows: 3, tasks: 5, triggers: 0, executions: 4, durationMs: 90_000 })
  expect(usageOf(undefined, undefined).tasks).toBeUndefined()
})
