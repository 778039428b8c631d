import { expect, test } from 'vitest'
import { graphOf, type GraphNode } from './graph'
import { isWithin, listOf } from './slots'

const task = (id: string, more: object = {}) => ({ id, type: 'io.kestra.plugin.core.log.Log', ...more })

/** `id` to place, of all tasks and triggers. */
function placesOf(flow: object): Record<string, string> {
  const places: Record<string, string> = {}
  const visit = ({ title, kind, place, children }: GraphNode) => {
    if (kind !== 'frame') places[title] = place?.join('.') ?? 'none'
    children.forEach(visit)
  }
  graphOf(flow).nodes.forEach(visit)
  return places
}

const slotsOf = (flow: object) =>
  graphOf(flow).edges.map(({ source, target, slot }) => [source, target, slot && `${slot.list.join('.')}:${slot.index}${slot.dependsOn ? `<${slot.dependsOn.join()}` : ''}`])

test('every task knows its place, in all kinds of branches', () => {
  const flow = {
    triggers: [task('nightly')],
    tasks: [
      { id: 'if', type: 'x.If', then: [task('yes')], else: [task('no'), task('then_this')] },
      { id: 'switch', type: 'x.Switch', cases: { one: [task('c1')], 'two words': [task('c2')] }, defaults: [task('d')] },
      { id: 'side', type: 'x.Parallel', tasks: [task('a'), task('b')], errors: [task('e')], finally: [task('f')] },
      { id: 'dag', type: 'x.Dag', tasks: [{ task: task('g') }, { task: task('h'), dependsOn: ['g'] }] },
    ],
    errors: [task('sorry')],
    finally: [task('clean')],
  }
  expect(placesOf(flow)).toEqual({
    nightly: 'triggers.0', if: 'tasks.0', yes: 'tasks.0.then.0', no: 'tasks.0.else.0', then_this: 'tasks.0.else.1',
    switch: 'tasks.1', c1: 'tasks.1.cases.one.0', c2: 'tasks.1.cases.two words.0', d: 'tasks.1.defaults.0',
    side: 'tasks.2', a: 'tasks.2.tasks.0', b: 'tasks.2.tasks.1', e: 'tasks.2.errors.0', f: 'tasks.2.finally.0',
    dag: 'tasks.3', g: 'tasks.3.tasks.0.task', h: 'tasks.3.tasks.1.task', sorry: 'errors.0', clean: 'finally.0',
  })
})

test('places count what is not drawn', () => {
  expect(placesOf({ tasks: [null, task('a'), { type: 'x' }, task('b')] })).toEqual({ a: 'tasks.1', b: 'tasks.3' })
})

test('edges know where a task would stand: between two, or first of a branch', () => {
  const flow = { tasks: [task('a'), { id: 'if', type: 'x.If', then: [task('yes')] }], errors: [task('sorry')], triggers: [task('nightly'), task('daily')] }
  expect(slotsOf(flow)).toEqual([
    ['/if/.head', '/if/then/yes', 'tasks.1.then:0'],
    ['/a', '/if', 'tasks:1'],
    ['triggers/nightly', '/a', 'tasks:0'],
    ['triggers/daily', '/a', undefined],
    ['/if', '/errors/sorry', 'errors:0'],
  ])
})

test('side by side, and in a dag, what is added stands last', () => {
  expect(slotsOf({ tasks: [{ id: 'p', type: 'x.Parallel', tasks: [task('a'), task('b')] }] })).toEqual([
    ['/p/.head', '/p/a', 'tasks.0.tasks:2'],
    ['/p/.head', '/p/b', 'tasks.0.tasks:2'],
  ])
  const dag = [{ task: task('a') }, { task: task('b'), dependsOn: ['a'] }]
  expect(slotsOf({ tasks: [{ id: 'd', type: 'x.Dag', tasks: dag }] })).toEqual([
    ['/d/.head', '/d/a', 'tasks.0.tasks:2<'],
    ['/d/a', '/d/b', 'tasks.0.tasks:2<a'],
  ])
})

test('chains know their ends', () => {
  const { nodes } = graphOf({ tasks: [task('a'), { id: 'p', type: 'x.Parallel', tasks: [task('b'), task('c')] }, { id: 's', type: 'x.Sequential', tasks: [task('d')] }] })
  expect(nodes.map(({ before, after }) => [before?.index, after?.index])).toEqual([[0, undefined], [undefined, undefined], [undefined, 3]])
  expect(nodes[1]?.children.map(({ after }) => after)).toEqual([undefined, undefined, undefined])
  expect(nodes[2]?.children.at(-1)?.after).toEqual({ list: ['tasks', 2, 'tasks'], index: 1 })
})

test('what is in an opened subflow has no place, and nothing is added there', () => {
  const sub = { id: 'sub', type: 'x.Subflow', namespace: 'n', flowId: 'f' }
  const { nodes, edges } = graphOf({ tasks: [sub] }, new Map([['/sub', { tasks: [task('a'), task('b')] }]]))
  expect(nodes[0]?.children.map(({ place }) => place)).toEqual([['tasks', 0], undefined, undefined])
  expect(edges.map(({ slot }) => slot)).toEqual([undefined, undefined])
})

test('descriptions and conditions are told as they are written', () => {
  const [plain, told] = graphOf({ tasks: [task('a', { description: ' ' }), task('b', { description: 'What', runIf: false })] }).nodes
  expect([plain?.description, plain?.runIf, told?.description, told?.runIf]).toEqual([undefined, undefined, 'What', 'false'])
})

test('lists and what is in what', () => {
  expect(listOf(['tasks', 1, 'tasks', 2, 'task'])).toEqual({ list: ['tasks', 1, 'tasks'], index: 2 })
  expect(isWithin(['tasks', 1, 'then', 0], ['tasks', 1])).toBe(true)
  expect(isWithin(['tasks', 1], ['tasks', 1])).toBe(false)
  expect(isWithin(['tasks', 10], ['tasks', 1])).toBe(false)
})
