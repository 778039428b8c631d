import { expect, test } from 'vitest'
import { changesOf } from './changes'

const told = (before: string, after: string) => changesOf(before, after).map(({ sign, text }) => sign + text)

test('only lines that differ are told, in order', () => {
  expect(told('a\nb\nc\nd', 'a\nB\nc\nnew\nd')).toEqual(['−b', '+B', '+new'])
})

test.each([['a\nb', 'a\nb', []], ['', 'x', ['−', '+x']], ['a\nb\nc', 'a\nc', ['−b']], ['a\na', 'a\na\na', ['+a']]])('%j to %j', (before, after, expected) => {
  expect(told(before, after)).toEqual(expected)
})
