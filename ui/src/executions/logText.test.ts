import { expect, test } from 'vitest'
import { piecesOf } from './logText'

test('colour codes vanish', () => {
  expect(piecesOf('\u001b[31mred\u001b[0m', '')).toEqual([{ text: 'red', kind: 'text' }])
})

test('files and hits are told from text, markup is none', () => {
  expect(piecesOf('saved kestra:///a/b.csv, <b>Saved</b>', 'saved')).toEqual([
    { text: 'saved', kind: 'hit' },
    { text: ' ', kind: 'text' },
    { text: 'kestra:///a/b.csv', kind: 'file' },
    { text: ', <b>', kind: 'text' },
    { text: 'Saved', kind: 'hit' },
    { text: '</b>', kind: 'text' },
  ])
})

test('an execution that was started is a link, and nothing else is', () => {
  expect(piecesOf('Created new execution [[link execution="4x" flowId="load" namespace="a.b"]]', '')).toEqual([
    { text: 'Created new execution ', kind: 'text' },
    { text: 'load 4x', kind: 'execution', address: '/executions/a.b/load/4x' },
  ])
  expect(piecesOf('[[link execution="x" flowId="a/../b" namespace="n"]]', '')[0]?.kind).toBe('text')
})
