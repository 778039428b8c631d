import { expect, test } from 'vitest'
import { RefusedEdit, swapped, UnreadableText, valueAt, withItem, without, withText, withValue } from './text'

test.each([
  ['id: x\ntasks: [a\n', /^Line \d: /],
  ['- a\n- b\n', /^Line 1: a flow is a map/],
  ['# note\n\nhello\n', /^Line 3: a flow is a map/],
  ['null\n', /^Line 1: a flow is a map/],
  ['id: x\n\tnamespace: y\n', /^Line 2: Tabs/],
  ['id: x\n---\nid: y\n', /^Line/],
  ['id: "x\n', /^Line/],
])('%j cannot be edited', (source, message) => {
  for (const edit of [() => valueAt(source, ['id']), () => withValue(source, ['id'], 'z'), () => without(source, ['id']), () => withItem(source, ['tasks'], 0, 'a')]) {
    expect(edit).toThrow(UnreadableText)
    expect(edit).toThrow(message)
  }
})

test('what stands for nothing is told', () => expect(() => valueAt('id: *nobody\n', ['id'])).toThrow(UnreadableText))

test('what is put in must be YAML', () => {
  expect(() => withText('id: x\n', ['id'], '"a')).toThrow(UnreadableText)
  expect(() => withItem('id: x\n', ['tasks'], 0, 'a: [')).toThrow(UnreadableText)
  expect(() => withText('id: x\n', [], '- a')).toThrow(UnreadableText)
})

test.each(['', '\n', '# note\n', '# note', '---\n'])('in %j a flow begins', (source) => {
  expect(valueAt(source, [])).toEqual({})
  expect(valueAt(source, ['tasks', 0])).toBeUndefined()
  expect(valueAt(withValue(source, ['id'], 'x'), [])).toEqual({ id: 'x' })
  expect(withValue(source, ['id'], 'x').startsWith(source.trim())).toBe(true)
  expect(valueAt(withItem(source, ['tasks'], 0, 'id: a\ntype: b'), [])).toEqual({ tasks: [{ id: 'a', type: 'b' }] })
})

test('nothing comes of what makes no sense', () => {
  const source = 'id: x\ntasks:\n  - id: a\n'
  expect(() => withValue(source, ['tasks', 'first'], 1)).toThrow(RefusedEdit)
  expect(() => swapped(source, ['tasks'], ['tasks', 0])).toThrow(RefusedEdit)
  expect(() => swapped(source, ['tasks', 0], ['tasks', 5])).toThrow(RefusedEdit)
  expect(swapped(source, ['tasks', 0], ['tasks', 0])).toBe(source)
  expect(without(source, ['tasks', 5])).toBe(source)
  expect(without(source, ['labels', 'a'])).toBe(source)
})
