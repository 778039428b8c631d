import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { flowWith } from './insert'

const namespace = 'company.team'

test('an example becomes the task of a flow', () => {
  const example = 'id: hi\ntype: a.Log\nmessage: |\n  one\n\n  two'
  expect(parse(flowWith({ cls: 'a.Log', kind: 'tasks', namespace, example }))).toEqual({
    id: 'my_flow', namespace, tasks: [{ id: 'hi', type: 'a.Log', message: 'one\n\ntwo\n' }],
  })
})

test('without an example the required properties stand there', () => {
  expect(parse(flowWith({ cls: 'a.CopyIn', kind: 'tasks', namespace, required: ['id', 'type', 'from'] })).tasks).toEqual([{ id: 'copy_in', type: 'a.CopyIn', from: '' }])
})

test('triggers, conditions and runners get what they need around them', () => {
  expect(parse(flowWith({ cls: 'a.Schedule', kind: 'triggers', namespace })).triggers).toEqual([{ id: 'schedule', type: 'a.Schedule' }])
  expect(parse(flowWith({ cls: 'a.Weekend', kind: 'conditions', namespace })).triggers[0].conditions).toEqual([{ type: 'a.Weekend' }])
  expect(parse(flowWith({ cls: 'a.Docker', kind: 'taskRunners', namespace })).tasks[0].taskRunner).toEqual({ type: 'a.Docker' })
})

test('an example that is a flow stays one', () => {
  const example = 'id: f\nnamespace: n\ntasks:\n  - id: a\n    type: b'
  expect(flowWith({ cls: 'b', kind: 'tasks', namespace, example })).toBe(example)
})
