import { expect, test } from 'vitest'
import { lineAt, pathAt, swapped, textAt, valueAt, withItem, without, withValue } from './text'

const FLOW = `# head
id: hello
namespace: company.team

inputs:
  - id: kind # what kind
    type: STRING

tasks:
  # the first
  - id: one
    type: a.Log
    message: "hi {{ inputs.kind }}"

  - id: two
    type: a.Shell
    commands:
      - |
        echo 1

        echo 2
      - ls
    # env: {}

  - id: three
    type: a.If
    then:
    - { id: x, type: a.Log }
`

test('values, texts and lines', () => {
  expect(valueAt(FLOW, ['tasks', 1, 'commands', 0])).toBe('echo 1\n\necho 2\n')
  expect(valueAt(FLOW, ['tasks', 5])).toBeUndefined()
  expect(textAt(FLOW, ['tasks', 0])).toBe('id: one\ntype: a.Log\nmessage: "hi {{ inputs.kind }}"')
  expect(textAt(FLOW, ['tasks', 1])).toBe('id: two\ntype: a.Shell\ncommands:\n  - |\n    echo 1\n\n    echo 2\n  - ls\n# env: {}')
  expect(textAt(FLOW, ['tasks', 1, 'commands', 0])).toBe('|\n  echo 1\n\n  echo 2')
  expect(textAt(FLOW, ['tasks', 2, 'then', 0, 'id'])).toBe('x')
  expect(lineAt(FLOW, ['tasks', 1])).toBe(15)
})

test('a scalar changes alone', () => {
  expect(withValue(FLOW, ['inputs', 0, 'id'], 'sort')).toBe(FLOW.replace('id: kind #', 'id: sort #'))
  expect(withValue(FLOW, ['tasks', 0, 'message'], 'yo')).toBe(FLOW.replace('"hi {{ inputs.kind }}"', '"yo"'))
  expect(withValue(FLOW, ['tasks', 2, 'then', 0, 'id'], 'a, b')).toBe(FLOW.replace('id: x,', 'id: "a, b",'))
})

test('an item comes and goes', () => {
  for (const index of [0, 1, 2, 3]) {
    const more = withItem(FLOW, ['tasks'], index, 'id: new\ntype: a.New')
    expect(valueAt(more, ['tasks', index])).toEqual({ id: 'new', type: 'a.New' })
    expect(without(more, ['tasks', index])).toBe(FLOW)
  }
  const flow = withItem(FLOW, ['tasks', 2, 'then'], 1, 'id: y\ntype: a.Log')
  expect(flow).toBe(`${FLOW}    - id: y\n      type: a.Log\n`)
})

test('missing parents are made where they belong', () => {
  const more = withItem(FLOW, ['errors'], 0, 'id: no\ntype: a.Log')
  expect(more).toBe(`${FLOW}\nerrors:\n  - id: no\n    type: a.Log\n`)
  expect(without(more, ['errors', 0])).toBe(FLOW)
  expect(withValue(FLOW, ['labels', 'team'], 'a')).toBe(FLOW.replace('team\n', 'team\n\nlabels:\n  team: a\n'))
})

test('two items change places', () => {
  const other = swapped(FLOW, ['tasks', 0], ['tasks', 1])
  expect(valueAt(other, ['tasks', 0, 'id'])).toBe('two')
  expect(swapped(other, ['tasks', 0], ['tasks', 1])).toBe(FLOW)
})

test('a cursor is in something', () => {
  const line = FLOW.split('\n').findIndex((text) => text.includes('echo 2')) + 1
  expect(pathAt(FLOW, { line, column: 12 })).toEqual(['tasks', 1, 'commands', 0])
})
