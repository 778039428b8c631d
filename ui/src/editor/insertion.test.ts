import { expect, test } from 'vitest'
import { insertionOf, isInsertable } from './insertion'

const source = 'tasks:\n  - id: log\n    type: a.Log\n  - id: log_2\n    type: a.Log\n'

test('an example stands behind the item, as far indented, with an id of its own', () => {
  expect(insertionOf(source, { lastLine: 3, indent: 2 }, 'id: log\ntype: a.Log\nmessage: hi\n')).toEqual({ line: 3, text: '  - id: log_3\n    type: a.Log\n    message: hi' })
  expect(insertionOf(source, { lastLine: 3, indent: 0 }, 'type: a.Weekend').text).toBe('- type: a.Weekend')
})

test('a whole flow is not put into a flow', () => {
  expect(isInsertable('id: a\ntype: b')).toBe(true)
  expect(isInsertable('id: a\nnamespace: n\ntasks:\n  - id: b')).toBe(false)
})
