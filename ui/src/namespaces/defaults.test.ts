import { expect, test } from 'vitest'
import type { Flow } from '../api/types'
import { declaredDefaults, serverDefaults } from './defaults'

test('defaults of a flow are those it declares, by either name', () => {
  const flow = { id: 'f', namespace: 'n', revision: 1, pluginDefaults: [{ type: 'a', values: { url: 'u' }, forced: true }], taskDefaults: [{ type: 'b' }] } as Flow
  expect(declaredDefaults(flow)).toEqual([
    { type: 'a', values: { url: 'u' }, isForced: true, flowId: 'f' },
    { type: 'b', values: {}, isForced: false, flowId: 'f' },
  ])
  expect(declaredDefaults({ id: 'f', namespace: 'n', revision: 1, pluginDefaults: 'odd' } as Flow)).toEqual([])
})

test('defaults of the server are put together from its lines', () => {
  const lines = { 'kestra.plugins.defaults[0].type': 'a', 'kestra.plugins.defaults[0].values.url': '*****', 'kestra.plugins.defaults[1].type': 'b', 'kestra.plugins.defaults[1].forced': 'true', 'kestra.url': 'x' }
  expect(serverDefaults(lines)).toEqual([
    { type: 'a', values: { url: '*****' }, isForced: false },
    { type: 'b', values: {}, isForced: true },
  ])
})
