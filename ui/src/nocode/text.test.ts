import { expect, test } from 'vitest'
import { lineAt, pathAt, swapped, textAt, valueAt, withItem, without, withText, withValue } from './text'

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

const SHORT = 'id: x\ntasks:\n  - id: a\n    type: b\n    message: hi # c\n'

test.each([
  ['two\n\nlines\n', '| # c\n      two\n\n      lines'],
  ['two\nlines', '|- # c\n      two\n      lines'],
  ['{{ inputs.a }}', '"{{ inputs.a }}" # c'],
  ['a: b #d', '"a: b #d" # c'],
  ['yes', '"yes" # c'],
  ['2024-01-01', '"2024-01-01" # c'],
  ['12', '"12" # c'],
  [12, '12 # c'],
  [false, 'false # c'],
  [null, 'null # c'],
  [{ a: 1, b: ['c'] }, '# c\n      a: 1\n      b:\n        - c'],
  [[], '[] # c'],
])('%j is written with what stands behind it', (value, text) => expect(withValue(SHORT, ['tasks', 0, 'message'], value)).toBe(SHORT.replace('hi # c', text)))

test.each([
  ['"old"', 'new', '"new"'],
  ["'old'", "it's", "'it''s'"],
  ['old', 'new', 'new'],
  ['"old"', 7, '7'],
  ["'old'", '{{ x }}', "'{{ x }}'"],
  ['""', 'new', 'new'],
  ['|\n  old\n', 'new\nlines\n', '|\n  new\n  lines'],
  ['>-\n  old\n', 'new\nlines', '>-\n  new\n\n  lines'],
  ['"old\\nlines"', 'new\nlines', '"new\\nlines"'],
  ['|  # why\n  old\n', 'a\nb\n', '|  # why\n  a\n  b'],
])('%s becomes %j in its manner', (old, value, now) => expect(withValue(`a: ${old}\n`, ['a'], value).trimEnd()).toBe(`a: ${now}`))

test.each([
  ['id: x\ntasks:\n', 'id: x\ntasks:\n  - id: a\n    type: b\n'],
  ['id: x\ntasks: # to do\n', 'id: x\ntasks: # to do\n  - id: a\n    type: b\n'],
  ['id: x\ntasks: []\n', 'id: x\ntasks:\n  - id: a\n    type: b\n'],
  ['id: x\ninputs:\n- id: i\ntasks:\n', 'id: x\ninputs:\n- id: i\ntasks:\n- id: a\n  type: b\n'],
  ['id: x\n\ntriggers:\n  - id: t\n', 'id: x\n\ntasks:\n  - id: a\n    type: b\n\ntriggers:\n  - id: t\n'],
  ['id: x', 'id: x\ntasks:\n  - id: a\n    type: b'],
  ['{"id": "x"}', '{"id": "x", "tasks": [{id: a, type: b}]}'],
])('in %j a list begins', (source, now) => expect(withItem(source, ['tasks'], 0, 'id: a\ntype: b')).toBe(now))

test('properties stand where they belong', () => {
  expect(withValue('tasks:\n  - type: a\n    x: 1\n', ['tasks', 0, 'id'], 'z')).toBe('tasks:\n  - id: z\n    type: a\n    x: 1\n')
  expect(withValue('tasks:\n  - id: a\n    x: 1\n', ['tasks', 0, 'type'], 'z')).toBe('tasks:\n  - id: a\n    type: z\n    x: 1\n')
  expect(withValue('id: x\nnamespace: y\n\ntasks: []\n', ['description'], 'so')).toBe('id: x\nnamespace: y\ndescription: so\n\ntasks: []\n')
  expect(withValue('id: x\ntasks:\n', ['tasks', 0, 'retry', 'interval'], 'PT5S')).toBe('id: x\ntasks:\n  - retry:\n      interval: PT5S\n')
})

test('a text that is read again and put back does not grow', () => {
  const typed = '# note\nid: a\n# in between\ntype: b # behind\nlist:\n- 1\n# the end'
  const once = withText(SHORT, ['tasks', 0], typed)
  expect(textAt(once, ['tasks', 0])).toBe(typed)
  expect(withText(once, ['tasks', 0], `${typed}.`)).toBe(once.replace('# the end', '# the end.'))
})

test('lists and maps change only where they differ', () => {
  const list = 'a:\n  - one # first\n  - "two"\n  # about three\n  - three\n'
  expect(withValue(list, ['a'], ['one', 'two', 'more', 'three'])).toBe(list.replace('"two"\n', '"two"\n  - more\n'))
  expect(withValue(list, ['a'], ['one', 'three'])).toBe(list.replace('  - "two"\n', ''))
  expect(withValue(list, ['a'], ['one', 'zwei', 'three'])).toBe(list.replace('two', 'zwei'))
  expect(withValue(SHORT, ['tasks', 0], { id: 'a', type: 'c', message: 'hi' })).toBe(SHORT.replace('type: b', 'type: c'))
})

test('an item takes its comments along', () => {
  const source = 'tasks:\n  # about a\n  - id: a # a\n    # in a\n\n  - id: b\ntriggers:\n- id: t # t\n'
  expect(swapped(source, ['tasks', 0], ['triggers', 0])).toBe('tasks:\n  - id: t # t\n\n  - id: b\ntriggers:\n# about a\n- id: a # a\n  # in a\n')
  expect(without(source, ['tasks', 0])).toBe('tasks:\n  - id: b\ntriggers:\n- id: t # t\n')
})
