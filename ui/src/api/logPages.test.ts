import { expect, test } from 'vitest'
import { LogBook, PAGE_SIZE } from './logPages'
import type { LogEntry } from './types'

const entry = (message: string): LogEntry => ({ namespace: 'n', flowId: 'f', executionId: 'e', timestamp: '2024-01-01T00:00:00Z', level: 'INFO', message })
const full = (name: string) => Array.from({ length: PAGE_SIZE }, (_, row) => entry(`${name}${row}`))
const long = { total: PAGE_SIZE * 3 + 7, ends: ['a', 'b', 'c', 'd'] }

test('only pages that hold what is seen are asked for, each once', () => {
  const book = new LogBook(long)
  expect(book.missing(PAGE_SIZE - 1, PAGE_SIZE)).toEqual([0, 1])
  book.asked.add(1)
  book.pages.set(0, full('x'))
  expect(book.missing(0, long.total + 50)).toEqual([2, 3])
  expect(book.placeBefore(0)).toBeUndefined()
  expect(book.placeBefore(3)).toBe('c')
})

test('what came since follows what was counted', () => {
  const book = new LogBook({ total: 2, ends: ['a'] })
  book.pages.set(0, [entry('one'), entry('two')])
  book.came = [entry('three')]
  expect([0, 1, 2, 3].map((row) => book.entryAt(row)?.message)).toEqual(['one', 'two', 'three', undefined])
  expect(book.total).toBe(3)
})

test('a new count keeps the pages whose ends have not moved', () => {
  const before = new LogBook(long)
  for (const number of [0, 1, 2, 3]) before.pages.set(number, full(String(number)))
  const after = new LogBook({ total: PAGE_SIZE * 4, ends: ['a', 'b', 'C', 'e'] }, before)
  expect([...after.pages.keys()]).toEqual([0, 1])
})

test('pages far from what is read are forgotten', () => {
  const book = new LogBook({ total: PAGE_SIZE * 200, ends: [] })
  for (let number = 0; number < 100; number += 1) book.pages.set(number, [])
  book.forget(90)
  expect(book.pages.size).toBe(60)
  expect(book.pages.has(90)).toBe(true)
  expect(book.pages.has(0)).toBe(false)
})
