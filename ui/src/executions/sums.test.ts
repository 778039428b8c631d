import { expect, test } from 'vitest'
import type { Metric } from '../api/types'
import { sumsOf } from './sums'

const metric = (taskId: string, name: string, value: number, type = 'counter'): Metric => ({ taskId, taskRunId: 'r', name, value, type, timestamp: '' })

test('counters are added up over the runs of a task; durations are not', () => {
  const found = sumsOf([metric('load', 'rows', 3), metric('load', 'time', 9, 'timer'), metric('read', 'rows', 1), metric('load', 'rows', 4)])
  expect(found).toEqual([{ taskId: 'load', name: 'rows', value: 7 }, { taskId: 'read', name: 'rows', value: 1 }])
})
