import { expect, test } from 'vitest'
import { framesAt, ownerOf, readWritten } from './places'

const FLOW = `id: places
namespace: company.team
inputs:
  - id: kind
    type: SELECT
    allowCustomValue: true
tasks:
  - id: both
    type: a.flow.Parallel
    tasks:
      - id: inner
        type: a.shell.Commands
        taskRunner:
          type: a.runner.Docker
          pullPolicy: NEVER

        commands:
          - |
            type: not.a.Type
            echo hello
    # a note

triggers:
  - { id: daily, type: a.Schedule, cron: "0 1 * * *" }
`

/** Where the cursor is when it stands on the first letter of a text. */
function at(text: string, source = FLOW) {
  const before = source.slice(0, source.indexOf(text)).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

const framesOf = (text: string, source = FLOW) => framesAt(readWritten(source), at(text, source))
const told = (text: string, source = FLOW) => {
  const owner = ownerOf(framesOf(text, source))
  return owner && [owner.type, ...owner.path].join(' ')
}

test.each([
  ['both', 'a.flow.Parallel id'],
  ['- id: inner', 'a.shell.Commands id'],
  ['a.shell', 'a.shell.Commands type'],
  ['taskRunner', 'a.shell.Commands taskRunner'],
  ['NEVER', 'a.runner.Docker pullPolicy'],
  ['echo', 'a.shell.Commands commands'],
  ['not.a.Type', 'a.shell.Commands commands'],
  ['# a note', 'a.flow.Parallel'],
  ['a.Schedule', 'a.Schedule type'],
  ['0 1', 'a.Schedule cron'],
])('%s is of %s', (text, owner) => expect(told(text)).toBe(owner))

test.each([
  ['namespace', ['namespace']],
  ['allowCustomValue', ['inputs', 'allowCustomValue']],
  ['triggers:', ['triggers']],
])('%s is a property of the flow', (text, path) => {
  expect(told(text)).toBeUndefined()
  expect(framesOf(text).map(({ property }) => property)).toEqual(path)
})

test('what an input is made of is known by its type', () => expect(framesOf('allowCustom')[1]?.type).toBe('SELECT'))

test('in an empty line the cursor says what it belongs to', () => {
  const written = readWritten(FLOW)
  const line = at('NEVER').line + 1
  const inColumn = (column: number) => ownerOf(framesAt(written, { line, column }))
  expect(inColumn(11)).toMatchObject({ type: 'a.runner.Docker', path: [] })
  expect(inColumn(9)).toMatchObject({ type: 'a.shell.Commands', path: [] })
  expect(inColumn(5)).toMatchObject({ type: 'a.flow.Parallel', path: [] })
  expect(inColumn(1)).toBeUndefined()
})

test('half a line does not hide what is around it', () => {
  expect(told('mess', FLOW.replace('pullPolicy: NEVER', 'mess'))).toBe('a.runner.Docker mess')
  expect(told('\n', '')).toBeUndefined()
  expect(told('tasks', 'tasks: [')).toBeUndefined()
})

test('another item follows the one that the cursor is in', () => {
  expect(ownerOf(framesOf('echo'))?.item).toEqual({ lastLine: at('echo').line, indent: 6 })
  expect(ownerOf(framesOf('both'))?.item).toEqual({ lastLine: at('echo').line, indent: 2 })
  expect(ownerOf(framesOf('NEVER'))?.item).toBeUndefined()
})
