import { expect, test } from 'vitest'
import type { Execution, State, TaskRun } from '../api/types'
import { inputsText, lastTask } from './cells'

const state = (startDate: string): State => ({ current: 'SUCCESS', startDate, histories: [] })
const execution = (more: Partial<Execution>): Execution => ({ id: 'e', namespace: 'n', flowId: 'f', flowRevision: 1, state: state('2024-12-20T10:00:00Z'), ...more })
const run = (taskId: string, second: number, tries = 1): TaskRun => {
  const own = state(`2024-12-20T10:00:0${second}Z`)
  return { id: taskId, executionId: 'e', taskId, state: own, attempts: Array.from({ length: tries }, () => ({ state: own })) }
}

test('the last task is the one that began last', () => {
  expect(lastTask(execution({}))).toBe('')
  expect(lastTask(execution({ taskRunList: [run('read', 1), run('report', 5, 3), run('load', 2)] }))).toBe('report (3 attempts)')
  expect(lastTask(execution({ taskRunList: [run('read', 1)] }))).toBe('read')
})

test('inputs fit a line, and secrets are not in it', () => {
  expect(inputsText(execution({}))).toBe('')
  const word = { type: 'io.kestra.datatype:aes_encrypted', value: 'cipher' }
  expect(inputsText(execution({ inputs: { region: 'north', rows: 3, list: [1, 2], word, note: null } }))).toBe('region: north, rows: 3, list: [1,2], word: ••••••••')
})
