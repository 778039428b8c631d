import { expect, test } from 'vitest'
import { changesOf, compared } from './changes'

const told = (before: string, after: string) => changesOf(before, after).map(({ sign, text }) => sign + text)

test('only lines that differ are told, in order', () => {
  expect(told('a\nb\nc\nd', 'a\nB\nc\nnew\nd')).toEqual(['−b', '+B', '+new'])
})

test.each([['a\nb', 'a\nb', []], ['', 'x', ['−', '+x']], ['a\nb\nc', 'a\nc', ['−b']], ['a\na', 'a\na\na', ['+a']]])('%j to %j', (before, after, expected) => {
  expect(told(before, after)).toEqual(expected)
})

test('revisions are compared as the address wants, where they exist', () => {
  expect(compared([1, 2, 5], 0, 0)).toEqual({ left: 2, right: 5 })
  expect(compared([1, 2, 5], 0, 2)).toEqual({ left: 1, right: 2 })
  expect(compared([1, 2, 5], 5, 1)).toEqual({ left: 5, right: 1 })
  expect(compared([1, 2], 7, 9)).toEqual({ left: 1, right: 2 })
})
