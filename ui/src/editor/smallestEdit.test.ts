import { expect, test } from 'vitest'
import { smallestEdit } from './smallestEdit'

const applied = (before: string, after: string) => {
  const edit = smallestEdit(before, after)
  return edit ? before.slice(0, edit.start) + edit.text + before.slice(edit.end) : before
}

test('equal texts need no edit', () => {
  expect(smallestEdit('id: a\n', 'id: a\n')).toBeUndefined()
})

test('only what differs is replaced', () => {
  expect(smallestEdit('id: a\nnamespace: b\n', 'id: a\nnamespace: c\n')).toEqual({ start: 17, end: 18, text: 'c' })
  expect(smallestEdit('a\nb\n', 'a\nnew\nb\n')).toEqual({ start: 2, end: 2, text: 'new\n' })
  expect(smallestEdit('a\nnew\nb\n', 'a\nb\n')).toEqual({ start: 2, end: 6, text: '' })
})

test('what repeats itself is not counted twice', () => {
  for (const [before, after] of [['aa', 'aaa'], ['aaa', 'aa'], ['', 'x'], ['x', ''], ['abab', 'ab']] as const) expect(applied(before, after)).toBe(after)
})

test('characters of two units stay whole', () => {
  for (const [before, after] of [['😀', '😁'], ['x😀', 'x😁y'], ['😀', '🨀'], ['a😀b', 'ab']] as const) {
    const edit = smallestEdit(before, after)
    expect(applied(before, after)).toBe(after)
    expect(() => encodeURIComponent(edit?.text ?? '')).not.toThrow()
  }
})
