import { expect, test } from 'vitest'
import type { StateName, TaskRun } from '../api/types'
import { ALL, isLoop, iterationsOf, runsWithin } from './iterations'

function run(id: string, taskId: string, parent?: string, value?: string, current: StateName = 'SUCCESS'): TaskRun {
  return {
    id, taskId, executionId: 'e', state: { current, histories: [], startDate: '2026-01-01T00:00:00Z' },
    ...(parent ? { parentTaskRunId: parent } : {}), ...(value ? { value } : {}),
  }
}

const RUNS = [
  run('1', 'before'), run('2', 'months'),
  run('3', 'steps', '2', 'jan'), run('4', 'load', '3'), run('5', 'days', '3'), run('6', 'day', '5', 'mo'), run('7', 'day', '5', 'tu', 'FAILED'),
  run('8', 'steps', '2', 'feb', 'RUNNING'), run('9', 'load', '8'), run('10', 'days', '8'), run('11', 'day', '10', 'we'),
  run('12', 'after', '2', 'jan', 'FAILED'),
]
const ids = (runs: readonly TaskRun[]) => runs.map(({ id }) => id).join()

test('an iteration is what runs below its value, at any depth, and what runs outside of the loop', () => {
  expect(ids(runsWithin(RUNS, new Map([['months', 'jan']])))).toBe('1,2,3,4,5,6,7,12')
  expect(ids(runsWithin(RUNS, new Map([['months', 'jan'], ['days', 'tu']])))).toBe('1,2,3,4,5,7,12')
  expect(ids(runsWithin(RUNS, new Map([['days', 'we']])))).toBe('1,2,3,4,5,8,9,10,11,12')
  expect(runsWithin(RUNS, ALL)).toBe(RUNS)
})

test('iterations are told with the state that weighs most, within the chosen ones around them', () => {
  expect(iterationsOf(RUNS, 'months', ALL)).toEqual([{ name: 'jan', state: 'FAILED' }, { name: 'feb', state: 'RUNNING' }])
  expect(iterationsOf(RUNS, 'days', new Map([['months', 'jan'], ['days', 'mo']])).map(({ name }) => name)).toEqual(['mo', 'tu'])
  expect(iterationsOf(RUNS, 'before', ALL)).toEqual([])
})

test('iterations without a value are numbered', () => {
  const [loop, first] = [run('1', 'until'), { ...run('2', 'try', '1'), iteration: 0 }]
  expect(iterationsOf([loop, first], 'until', ALL)).toEqual([{ name: '#0', state: 'SUCCESS' }])
  expect([isLoop('LoopUntil'), isLoop('Parallel')]).toEqual([true, false])
})
