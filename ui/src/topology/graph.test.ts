import { expect, test } from 'vitest'
import { graphOf } from './graph'

const task = (id: string, more: object = {}) => ({ id, type: 'io.kestra.plugin.core.log.Log', ...more })
const pairs = (flow: object) => graphOf(flow).edges.map(({ source, target, label }) => [source, target, label])

test('tasks follow each other, triggers lead to the first', () => {
  expect(pairs({ tasks: [task('a'), task('b')], triggers: [task('nightly')] })).toEqual([
    ['/a', '/b', undefined],
    ['triggers/nightly', '/a', undefined],
  ])
})

test('a choice is a frame whose edges say what is chosen', () => {
  const flow = { tasks: [{ id: 'if', type: 'x.If', then: [task('yes')], else: [task('no'), task('then_this')] }] }
  const [frame] = graphOf(flow).nodes
  expect(frame?.kind).toBe('frame')
  expect(frame?.children.map(({ id }) => id)).toEqual(['/if/.head', '/if/then/yes', '/if/else/no', '/if/else/then_this'])
  expect(pairs(flow)).toEqual([
    ['/if/.head', '/if/then/yes', 'then'],
    ['/if/.head', '/if/else/no', 'else'],
    ['/if/else/no', '/if/else/then_this', undefined],
  ])
})

test('side by side hangs off the flowable', () => {
  expect(pairs({ tasks: [{ id: 'p', type: 'x.Parallel', tasks: [task('a'), task('b')] }] })).toEqual([
    ['/p/.head', '/p/a', undefined],
    ['/p/.head', '/p/b', undefined],
  ])
})

test('a dag follows what depends on what', () => {
  const tasks = [{ task: task('a') }, { task: task('b'), dependsOn: ['a'] }]
  expect(pairs({ tasks: [{ id: 'd', type: 'x.Dag', tasks }] })).toEqual([
    ['/d/.head', '/d/a', undefined],
    ['/d/a', '/d/b', undefined],
  ])
})

test.each([{}, { tasks: 'text' }, { tasks: [null, 3, { type: 'x' }] }, { tasks: [{ id: 'a', cases: [] }] }])('half-written flow %# draws without error', (flow) => {
  expect(() => graphOf(flow)).not.toThrow()
})

test('a subflow that is opened is a frame with the tasks of its flow', () => {
  const sub = { id: 'sub', type: 'x.Subflow', namespace: 'n', flowId: 'f' }
  expect(graphOf({ tasks: [sub] }).nodes[0]?.subflow).toEqual({ namespace: 'n', flowId: 'f' })
  const graph = graphOf({ tasks: [sub] }, new Map([['/sub', { tasks: [task('a'), task('sub')] }]]))
  expect(graph.nodes[0]?.children.map(({ id, key }) => [id, key])).toEqual([['/sub/.head', 'sub'], ['/sub/a', '/sub:a'], ['/sub/sub', '/sub:sub']])
  expect(graph.edges.map(({ source, target }) => [source, target])).toEqual([['/sub/a', '/sub/sub'], ['/sub/.head', '/sub/a']])
})

test('a subflow named by an expression cannot be opened', () => {
  const [node] = graphOf({ tasks: [{ id: 's', type: 'x.Subflow', namespace: 'n', flowId: '{{ inputs.flow }}' }] }).nodes
  expect(node?.subflow).toBeUndefined()
})
