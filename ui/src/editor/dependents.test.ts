import { expect, test } from 'vitest'
import { dependentsOf, farewell } from './dependents'

const node = (id: string) => ({ uid: `u-${id}`, namespace: 'n', id })
const edge = (source: string, target: string, relation: string) => ({ source: `u-${source}`, target: `u-${target}`, relation })

test('flows that start it and flows that wait for it need a flow; those that it starts do not', () => {
  const nodes = ['own', 'starter', 'listener', 'child', 'heard'].map(node)
  const edges = [edge('starter', 'own', 'FLOW_TASK'), edge('own', 'listener', 'FLOW_TRIGGER'), edge('own', 'child', 'FLOW_TASK'), edge('heard', 'own', 'FLOW_TRIGGER')]
  expect(dependentsOf({ nodes, edges }, 'n', 'own')).toEqual(['n.listener', 'n.starter'])
  expect(dependentsOf({ nodes: [], edges: [] }, 'n', 'own')).toEqual([])
})

test('who needs a flow is named before it goes', () => {
  expect(farewell('own', [])).not.toContain('need')
  expect(farewell('own', ['n.a'])).toContain('1 flow needs it:\nn.a')
  expect(farewell('own', ['n.a', 'n.b'])).toContain('2 flows need it:\nn.a\nn.b')
})
