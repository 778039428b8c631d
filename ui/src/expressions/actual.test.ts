import { expect, test } from 'vitest'
import type { Execution } from '../api/types'
import { knowledgeOf } from './actual'

const run = (taskId: string, outputs: object, value?: string) => ({ id: taskId, taskId, outputs, ...(value ? { value } : {}) })
const known = knowledgeOf({
  id: 'x', namespace: 'company', flowId: 'orders', flowRevision: 1, inputs: { city: 'Oslo' }, labels: [{ key: 'team', value: 'sales' }], state: { current: 'SUCCESS', startDate: '2024-12-20T00:00:00Z' },
  taskRunList: [run('read', { uri: 'kestra:///a', list: [1] }), run('load', { rows: 1 }, 'eu'), run('load', { rows: 2, more: {} }, 'us')],
} as unknown as Execution)

const members = async (...path: string[]) => (await known.members(path)).map(({ label, detail }) => `${label}: ${detail}`)

test('values are offered as they are', async () => {
  expect(known.roots().map(({ label }) => label)).toContain('outputs')
  expect(await members('inputs')).toEqual(['city: Oslo'])
  expect(await members('outputs')).toEqual(['read: map', 'load: map'])
  expect(await members('outputs', 'read')).toEqual(['uri: kestra:///a', 'list: list'])
})

test('a loop has its values, and any of them stands for a computed one', async () => {
  expect(await members('outputs', 'load')).toEqual(['eu: map', 'us: map'])
  expect(await members('outputs', 'load', 'us')).toEqual(['rows: 2', 'more: map'])
  expect(await members('outputs', 'load', '')).toEqual(['rows: 1'])
  expect(await members('outputs', 'gone', 'x')).toEqual([])
})
