import { expect, test } from 'vitest'
import { groupsOf, kindOf } from './groups'

const plugins = [
  { name: 'core', tasks: ['io.kestra.plugin.core.log.Log', 'io.kestra.plugin.core.debug.Return'], triggers: ['io.kestra.plugin.core.trigger.Schedule'] },
  { name: 'again', tasks: ['io.kestra.plugin.core.log.Log'] },
]

test('types stand once, under their package', () => {
  expect(groupsOf(plugins, '').map(({ name, types }) => [name, types.length])).toEqual([['core.debug', 1], ['core.log', 1], ['core.trigger', 1]])
})

test('every word must fit', () => {
  expect(groupsOf(plugins, 'core sched')).toEqual([{ name: 'core.trigger', types: ['io.kestra.plugin.core.trigger.Schedule'] }])
  expect(groupsOf(plugins, 'nothing')).toEqual([])
})

test('a type has a kind', () => {
  expect(kindOf(plugins, 'io.kestra.plugin.core.trigger.Schedule')).toBe('triggers')
  expect(kindOf(plugins, 'io.kestra.core.tasks.log.Log')).toBe('tasks')
})
