import { expect, test } from 'vitest'
import type { StateName, TaskRun } from '../api/types'
import { culpritOf, nameOf, rowsIn, segmentsOf, standAlike, ticksOf, treeOf } from './tree'

const at = (second: number) => new Date(second * 1000).toISOString()

function run(id: string, start: number, end: number | undefined, more: Partial<TaskRun> = {}, current: StateName = 'SUCCESS'): TaskRun {
  const state = { current, histories: [{ state: current, date: at(end ?? start) }], startDate: at(start), ...(end === undefined ? {} : { endDate: at(end) }) }
  return { id, executionId: 'e', taskId: id, state, ...more }
}

const shown = (runs: readonly TaskRun[], folded?: ReadonlySet<string>) =>
  rowsIn(runs, treeOf(runs), folded).map(({ place, depth, children }) => [runs[place]?.id, depth, children])

test('children follow their parent in order of start', () => {
  const runs = [run('b', 2, 3, { parentTaskRunId: 'loop' }), run('loop', 0, 9), run('a', 1, 2, { parentTaskRunId: 'loop' }), run('last', 9, 10)]
  expect(shown(runs)).toEqual([['loop', 0, 2], ['a', 1, 0], ['b', 1, 0], ['last', 0, 0]])
  expect(shown(runs, new Set(['loop']))).toEqual([['loop', 0, 2], ['last', 0, 0]])
})

test('a run whose parent is not there is shown all the same', () => {
  expect(shown([run('a', 0, 1, { parentTaskRunId: 'gone' })])).toEqual([['a', 0, 0]])
})

test('ten thousand runs are a matter of milliseconds', () => {
  const runs = Array.from({ length: 10_000 }, (_, index) => run(`r${index}`, index, index + 1, index ? { parentTaskRunId: 'r0' } : {}))
  const before = performance.now()
  expect(rowsIn(runs, treeOf(runs))).toHaveLength(10_000)
  expect(performance.now() - before).toBeLessThan(300)
})

test('runs stand alike in whatever states, until one comes, goes, moves or is called otherwise', () => {
  const before = [run('loop', 0, undefined, {}, 'RUNNING'), run('a', 1, undefined, { parentTaskRunId: 'loop', value: 'x' }, 'RUNNING')]
  const ended = [before[0] as TaskRun, run('a', 1, 5, { parentTaskRunId: 'loop', value: 'x' })]
  expect(standAlike(before, ended)).toBe(true)
  expect(standAlike(before, [...ended, run('b', 2, 3)])).toBe(false)
  expect(standAlike(before, ended.slice(1))).toBe(false)
  expect(standAlike(before, ended.toReversed())).toBe(false)
  expect(standAlike(before, [ended[0] as TaskRun, run('a', 2, 5, { parentTaskRunId: 'loop', value: 'x' })])).toBe(false)
  expect(standAlike(before, [ended[0] as TaskRun, run('a', 1, 5, { value: 'x' })])).toBe(false)
  expect(standAlike(before, [ended[0] as TaskRun, run('a', 1, 5, { parentTaskRunId: 'loop', value: 'y' })])).toBe(false)
})

test('the one to blame is the first failed run with nothing failed below', () => {
  const runs = [
    run('outer', 0, 9, {}, 'FAILED'),
    run('late', 4, 8, { parentTaskRunId: 'outer' }, 'FAILED'),
    run('early', 1, 2, { parentTaskRunId: 'outer' }, 'FAILED'),
    run('handler', 9, 10, {}, 'SUCCESS'),
  ]
  expect(culpritOf(runs)?.id).toBe('early')
  expect(culpritOf([])).toBeUndefined()
})

test('each attempt is a bar, and one that goes on ends now', () => {
  const attempts = [run('x', 0, 2, {}, 'FAILED').state, run('x', 5, undefined, {}, 'RUNNING').state].map((state) => ({ state }))
  const bars = segmentsOf(run('x', 0, undefined, { attempts }, 'RUNNING'), 8000)
  expect(bars).toEqual([
    { from: 0, to: 2000, state: 'FAILED', attempt: 1 },
    { from: 5000, to: 8000, state: 'RUNNING', attempt: 2 },
  ])
})

test('ticks are round', () => {
  expect(ticksOf(1000)).toEqual([0, 200, 400, 600, 800, 1000])
  expect(ticksOf(7, 6)).toEqual([0, 2, 4, 6])
  expect(ticksOf(0)).toEqual([0])
})

test('runs of a loop are told apart by their value', () => {
  expect(nameOf(run('work', 0, 1, { value: 'jan' }))).toBe('work · jan')
  expect(nameOf(run('work', 0, 1))).toBe('work')
})
