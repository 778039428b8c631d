import { expect, test } from 'vitest'
import { ANCHORS } from './awkward'
import { lineAt, RefusedEdit, textAt, valueAt, withItem, without, withText, withValue } from './text'

test('values that others stand for are read, and values that stand for them', () => {
  expect(valueAt(ANCHORS, ['copies'])).toEqual({ first: 1, second: ['a', 'b'], third: 1 })
  expect(valueAt(ANCHORS, ['copies', 'second', 1])).toBe('b')
  expect(valueAt(ANCHORS, ['merged'])).toEqual({ a: 1, b: { c: 2 }, d: 3 })
  expect(valueAt(ANCHORS, ['merged', 'b', 'c'])).toBe(2)
  expect(textAt(ANCHORS, ['copies', 'first'])).toBe('*one')
  expect(textAt(ANCHORS, ['merged', 'b'])).toBe('c: 2')
  expect(textAt(ANCHORS, ['variables', 'list'])).toBe('&list\n- a\n- b')
  expect(lineAt(ANCHORS, ['copies', 'second', 1])).toBe(9)
})

test('what stands for something else changes alone', () => {
  expect(withValue(ANCHORS, ['copies', 'first'], 2)).toBe(ANCHORS.replace('first: *one', 'first: 2'))
  expect(withValue(ANCHORS, ['copies', 'second', 1], 'c')).toBe(ANCHORS.replace('second: *list', 'second:\n    - a\n    - c'))
  expect(withItem(ANCHORS, ['copies', 'second'], 2, 'c')).toBe(ANCHORS.replace('second: *list', 'second:\n    - a\n    - b\n    - c'))
  expect(without(ANCHORS, ['copies', 'second', 0])).toBe(ANCHORS.replace('second: *list', 'second:\n    - b'))
  expect(without(ANCHORS, ['copies', 'second'])).toBe(ANCHORS.replace('  second: *list\n', ''))
})

test('what is merged is changed where it is merged to', () => {
  expect(withValue(ANCHORS, ['merged', 'a'], 5)).toBe(`${ANCHORS}  a: 5\n`)
  expect(withValue(ANCHORS, ['merged', 'b', 'c'], 5)).toBe(`${ANCHORS}  b:\n    c: 5\n`)
  expect(() => without(ANCHORS, ['merged', 'a'])).toThrow(RefusedEdit)
})

test('an anchor stays with its value', () => {
  expect(withValue(ANCHORS, ['variables', 'one'], 'uno')).toBe(ANCHORS.replace('&one 1', '&one uno'))
  expect(withValue(ANCHORS, ['variables', 'list'], 'none')).toBe(ANCHORS.replace('&list\n    - a\n    - b', '&list none'))
  expect(withItem(ANCHORS, ['variables', 'list'], 2, 'c')).toBe(ANCHORS.replace('    - b\n', '    - b\n    - c\n'))
})

test.each([
  ['taken away', () => without(ANCHORS, ['variables', 'one'])],
  ['overwritten', () => withText(ANCHORS, ['variables', 'list'], '- c')],
  ['taken away with what it is in', () => without(ANCHORS, ['variables'])],
])('an anchor that is used is not %s', (_, edit) => expect(edit).toThrow(/Something else in the flow stands for this/))
