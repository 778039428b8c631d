import { expect, test } from 'vitest'
import { branchesOf, hasCases } from './branches'
import { added, exchanged, moved, removed, whyKept, whyNotSwapped } from './edits'

const FLOW = `id: edited
# what it does
tasks:
  - id: a # the first
    type: x.Log

  # the second
  - id: b
    type: x.If
    then:
      - id: c
        type: x.Log
  - id: dag
    type: x.Dag
    tasks:
      - task:
          id: d
          type: x.Log
      - task:
          id: e
          type: x.Log
        dependsOn: [d]
triggers:
  - id: nightly
    type: x.Schedule
`

test('a task is added between two, comments stay', () => {
  const { source, place } = added(FLOW, { list: ['tasks'], index: 1 }, 'id: new\ntype: x.Log')
  expect(place).toEqual(['tasks', 1])
  expect(source).toContain('- id: a # the first\n    type: x.Log\n')
  expect(source).toMatch(/ {2}- id: new\n {4}type: x\.Log\n/)
  expect(source.replace(/\n {2}- id: new\n {4}type: x\.Log\n/, '')).toBe(FLOW)
})

test('a list that is not there is made', () => {
  const { source, place } = added(FLOW, { list: ['errors'], index: 0 }, 'id: sorry\ntype: x.Log')
  expect(source).toContain('errors:\n  - id: sorry\n    type: x.Log')
  expect(place).toEqual(['errors', 0])
})

test('in a dag the item says what it waits for', () => {
  const { source, place } = added(FLOW, { list: ['tasks', 2, 'tasks'], index: 2, dependsOn: ['e'] }, 'id: f\ntype: x.Log')
  expect(place).toEqual(['tasks', 2, 'tasks', 2, 'task'])
  expect(source).toMatch(/- task:\n +id: f\n +type: x\.Log\n +dependsOn:\n +- e\n/)
})

test('what is deleted from a dag is waited for no more', () => {
  const text = removed(FLOW, ['tasks', 2, 'tasks', 0, 'task'])
  expect(text).not.toContain('id: d\n')
  expect(text).not.toContain('dependsOn')
  expect(text).toContain('id: e')
})

test('the last task of a flow is kept, and that alone', () => {
  expect(whyKept(FLOW, ['tasks', 0])).toBeUndefined()
  expect(whyKept('id: x\ntasks:\n  - id: a\n', ['tasks', 0])).toBeDefined()
  expect(whyKept(FLOW, ['tasks', 1, 'then', 0])).toBeUndefined()
  expect(whyKept(FLOW, ['triggers', 0])).toBeUndefined()
})

test('tasks change places, unless one is in the other or is a trigger', () => {
  expect(whyNotSwapped(['tasks', 1], ['tasks', 1, 'then', 0])).toBeDefined()
  expect(whyNotSwapped(['tasks', 0], ['triggers', 0])).toBeDefined()
  expect(whyNotSwapped(['tasks', 0], ['tasks', 1, 'then', 0])).toBeUndefined()
  const { source, place } = exchanged(FLOW, ['tasks', 0], ['tasks', 1, 'then', 0])
  expect(place).toEqual(['tasks', 1, 'then', 0])
  expect(source.indexOf('id: c')).toBeLessThan(source.indexOf('id: b'))
  expect(source.indexOf('id: a')).toBeGreaterThan(source.indexOf('id: b'))
})

test('in a dag each waits for what the other has waited for', () => {
  const { source } = exchanged(FLOW, ['tasks', 2, 'tasks', 0, 'task'], ['tasks', 2, 'tasks', 1, 'task'])
  expect(source.indexOf('id: e')).toBeLessThan(source.indexOf('id: d'))
  expect(source).toContain('dependsOn: [e]')
  expect(exchanged(FLOW, ['tasks', 0], ['tasks', 2, 'tasks', 0, 'task']).source).toContain('dependsOn: [a]')
})

test('a task goes as far as its list', () => {
  expect(moved(FLOW, ['tasks', 0], -1)).toBeUndefined()
  expect(moved(FLOW, ['tasks', 2], 1)).toBeUndefined()
  expect(moved(FLOW, ['tasks', 2, 'tasks', 0, 'task'], 1)).toBeUndefined()
  expect(moved(FLOW, ['tasks', 0], 1)?.place).toEqual(['tasks', 1])
})

test('branches are those that the type knows, and the cases that there are', () => {
  const list = { type: 'array', items: { type: 'object' } }
  const source = 'tasks:\n  - id: s\n    cases:\n      one:\n        - id: a\n'
  const shape = { properties: { cases: { type: 'object' }, defaults: list, errors: list, value: { type: 'string' } } }
  expect(branchesOf(source, ['tasks', 0], shape).map(({ name, slot }) => [name, slot.list.slice(2).join('.'), slot.index])).toEqual([
    ['one', 'cases.one', 1], ['defaults', 'defaults', 0], ['errors', 'errors', 0],
  ])
  expect([hasCases(shape), hasCases({}), branchesOf(source, ['tasks', 0], undefined).length]).toEqual([true, false, 0])
  const dag = { properties: { tasks: { type: 'array', items: { properties: { task: {} } } } } }
  expect(branchesOf(source, ['tasks', 0], dag)[0]?.slot.dependsOn).toEqual([])
})
