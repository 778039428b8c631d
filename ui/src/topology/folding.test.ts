import { expect, test } from 'vitest'
import { foldedGraph } from './folding'
import { graphOf } from './graph'

const task = (id: string, more: object = {}) => ({ id, type: 'io.kestra.plugin.core.log.Log', ...more })
const graph = graphOf({
  tasks: [task('a'), { id: 'if', type: 'x.If', then: [task('yes'), { id: 'p', type: 'x.Parallel', tasks: [task('b'), task('c')] }] }, task('d')],
})

test('a frame that is folded is one node, and what led to it still does', () => {
  const { nodes, edges } = foldedGraph(graph, new Set(['/if']))
  expect(nodes.map(({ id, kind, folded }) => [id, kind, folded])).toEqual([['/a', 'task', undefined], ['/if', 'task', 4], ['/d', 'task', undefined]])
  expect(edges.map(({ id }) => id)).toEqual(['/a→/if', '/if→/d'])
})

test('a frame within another is folded alone', () => {
  const { nodes } = foldedGraph(graph, new Set(['/if/then/p']))
  expect(nodes[1]?.children.map(({ id, kind }) => [id, kind])).toEqual([['/if/.head', 'task'], ['/if/then/yes', 'task'], ['/if/then/p', 'task']])
})

test('without anything folded it is the same graph', () => {
  expect(foldedGraph(graph, new Set())).toBe(graph)
  expect(foldedGraph(graph, new Set(['/gone']))).toBe(graph)
})
