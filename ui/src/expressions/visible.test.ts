import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Path } from '../nocode/text'
import { pathOfTask, visibleTasks } from './visible'

const FLOW: unknown = parse(`
errors:
  - {id: tell, type: a.Log}
tasks:
  - {id: first, type: a.Return}
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    tasks:
      - {id: load, type: a.Load}
      - {id: check, type: a.Check}
  - id: choose
    type: io.kestra.plugin.core.flow.If
    then:
      - {id: yes, type: a.Log}
    else:
      - {id: no, type: a.Log}
  - id: graph
    type: io.kestra.plugin.core.flow.Dag
    tasks:
      - task: {id: left, type: a.Log}
      - task: {id: right, type: a.Log}
        dependsOn: [left]
  - {id: last, type: a.Log}
triggers:
  - {id: daily, type: a.Schedule}
`)

const seen = (...at: Path) => visibleTasks(FLOW, at).map(({ id, loop }) => (loop === 'none' ? id : `${id} ${loop}`))

test('a task sees what ran before it, and what ran in loops by value', () => {
  expect(seen('tasks', 0, 'format')).toEqual([])
  expect(seen('tasks', 2, 'condition')).toEqual(['first', 'each', 'load other', 'check other'])
})

test('within a loop, the outputs of the same turn are seen', () => {
  expect(seen('tasks', 1, 'tasks', 1, 'message')).toEqual(['first', 'each', 'load same'])
  expect(seen('tasks', 1, 'values')).toEqual(['first'])
})

test('another branch of a choice is not seen', () => {
  expect(seen('tasks', 2, 'else', 0, 'message')).toEqual(['first', 'each', 'load other', 'check other', 'choose'])
})

test('tasks side by side see each other', () => {
  expect(seen('tasks', 3, 'tasks', 0, 'task', 'message').slice(-2)).toEqual(['graph', 'right'])
})

test('what comes at the end sees all tasks, triggers see none', () => {
  expect(seen('errors', 0, 'message').at(-1)).toBe('last')
  expect(seen('outputs', 0, 'value')).toHaveLength(11)
  expect(seen('triggers', 0, 'cron')).toEqual([])
})

test('text that is no flow has nothing to see', () => {
  expect(visibleTasks('x', ['tasks', 0])).toEqual([])
  expect(visibleTasks({ tasks: 'x' }, ['tasks', 0])).toEqual([])
})

test('a task is found by its id, wherever it is', () => {
  expect(pathOfTask(FLOW, 'last')).toEqual(['tasks', 4])
  expect(pathOfTask(FLOW, 'no')).toEqual(['tasks', 2, 'else', 0])
  expect(pathOfTask(FLOW, 'right')).toEqual(['tasks', 3, 'tasks', 1, 'task'])
  expect(pathOfTask(FLOW, 'tell')).toEqual(['errors', 0])
  expect(pathOfTask(FLOW, 'nobody')).toBeUndefined()
})
