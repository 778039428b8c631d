import { expect, test } from 'vitest'
import type { StateName, TaskRun } from '../api/types'
import { runsByTask, timeOf } from './runs'

const NOW = Date.now()
const at = (ms: number) => new Date(NOW + ms).toISOString()

function run(id: string, current: StateName, from: number, to?: number): TaskRun {
  const state = { current, histories: [], startDate: at(from), ...(to === undefined ? {} : { endDate: at(to) }) }
  return { id, executionId: 'e', taskId: 'give', state }
}

test('runs of a task are counted, the weightiest state is shown, and times add up as they pass', () => {
  const [task] = runsByTask([run('a', 'SUCCESS', -9000, -8000), run('b', 'RUNNING', -5000), run('c', 'FAILED', -900, -400), run('d', 'RUNNING', -1000)]).values()
  if (!task) throw new Error('no task')
  expect([task.state, task.count, task.going]).toEqual(['RUNNING', 4, 2])
  expect(timeOf(task, new Date(NOW))).toBe(1000 + 5000 + 500 + 1000)
  expect(timeOf(task, new Date(NOW + 10))).toBe(7520)
})

test('ten thousand runs that go on add up exactly', () => {
  const [task] = runsByTask(Array.from({ length: 10_000 }, (_, index) => run(`r${index}`, 'RUNNING', -1))).values()
  expect(task && timeOf(task, new Date(NOW))).toBe(10_000)
})
