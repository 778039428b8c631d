import { expect, test } from 'vitest'
import type { InputSpec } from '../api/types'
import { choicesOf, cliOf, complaintOf, curlOf, givenBy, initialValues, partsOf } from './values'

const specs: InputSpec[] = [
  { id: 'taxi', type: 'SELECT', values: ['yellow', 'green'], defaults: 'yellow' },
  { id: 'day', type: 'STRING', defaults: '{{ now() }}' },
  { id: 'tags', type: 'MULTISELECT', values: ['a', 'b'], defaults: ['a'] },
  { id: 'count', type: 'INT', min: 1, max: 9 },
  { id: 'pass', type: 'SECRET', required: false },
]

test('a form begins with what is given over the defaults, never with an expression', () => {
  expect(initialValues(specs, { taxi: 'green' })).toEqual({ taxi: 'green', day: undefined, tags: ['a'], count: undefined, pass: undefined })
})

test('only what was touched is sent', () => {
  const values = { taxi: 'green', day: '', tags: ['a', 'b'], count: '' }
  expect(partsOf(specs, values, new Set(['day', 'tags', 'count']))).toEqual([['day', ''], ['tags', '["a","b"]']])
})

test('a date-time is sent as an instant', () => {
  const [part] = partsOf([{ id: 'at', type: 'DATETIME' }], { at: '2024-12-20T10:00' }, new Set(['at']))
  expect(part?.[1]).toMatch(/^2024-12-\d\dT\d\d:\d\d:00\.000Z$/)
})

test('a command quotes what the shell would read, and keeps secrets to itself', () => {
  const command = curlOf({
    origin: 'http://127.0.0.1:8080', namespace: 'a.b', flowId: 'f', specs,
    parts: [['day', "it's"], ['pass', 'hunter2'], ['file', new File(['x'], 'o.csv')]],
    labels: [{ key: 'k', value: 'v w' }],
  })
  expect(command).toContain(String.raw`-F 'day=it'\''s'`)
  expect(command).not.toContain('hunter2')
  expect(command).toContain("-F 'files=@o.csv;filename=file'")
  expect(command).toContain("'http://127.0.0.1:8080/api/v1/executions/a.b/f?labels=k%3Av%20w'")
})

test('the same start for a terminal', () => {
  const command = cliOf({
    namespace: 'a.b', flowId: 'f', specs,
    parts: [['day', "it's"], ['pass', 'hunter2'], ['file', new File(['x'], 'o.csv')]],
    labels: [{ key: 'k', value: 'v w' }],
  })
  expect(command).not.toContain('hunter2')
  expect(command.split(' \\\n  ')).toEqual([
    'tiercel executions start a.b f', String.raw`--input 'day=it'\''s'`, "--input 'pass=<secret>'", "--input 'file=@o.csv'", "--label 'k=v w'",
  ])
})

test('what an execution was given comes back, save its secrets', () => {
  const all: InputSpec[] = [...specs, { id: 'file', type: 'FILE' }]
  const given = givenBy(all, { taxi: 'green', pass: 'ciphertext', file: 'kestra:///a/b.csv' })
  expect(given).toEqual({ taxi: 'green', file: 'kestra:///a/b.csv' })
  expect(initialValues(all, given)).toMatchObject({ taxi: 'green', pass: undefined, file: 'kestra:///a/b.csv' })
})

test('an instant becomes the time of the browser and the same instant again', () => {
  const at: InputSpec = { id: 'at', type: 'DATETIME' }
  const values = initialValues([at], { at: '2024-12-20T10:00:00Z' })
  expect(partsOf([at], values, new Set(['at']))).toEqual([['at', '2024-12-20T10:00:00.000Z']])
})

test.each([
  [{ id: 'x', type: 'STRING' }, undefined, 'A value is needed'],
  [{ id: 'x', type: 'STRING', required: false }, undefined, undefined],
  [{ id: 'x', type: 'STRING', defaults: 'y' }, '', undefined],
  [specs[3], '10', 'At most 9'],
  [specs[3], '1.5', 'A whole number is needed'],
  [{ id: 'x', type: 'ARRAY' }, '{}', 'A list is needed, such as ["a", "b"]'],
  [{ id: 'x', type: 'JSON' }, '{"a": 1}', undefined],
  [{ id: 'x', type: 'DURATION' }, 'ten minutes', 'A duration is needed, such as PT5M or P1DT2H'],
  [{ id: 'x', type: 'DURATION' }, 'P1W', undefined],
] as [InputSpec, string | undefined, string | undefined][])('%j with %s: %s', (spec, value, expected) => {
  expect(complaintOf(spec, value)).toBe(expected)
})

test('choices may carry a label of their own', () => {
  expect(choicesOf({ id: 'x', type: 'SELECT', values: ['a', { id: 'b', label: 'Bee' }] })).toEqual([
    { value: 'a', label: 'a' },
    { value: 'b', label: 'Bee' },
  ])
})
