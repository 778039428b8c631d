import { expect, test } from 'vitest'
import { LogBook, PAGE_SIZE, rowAt, rowWith, type PlacedEntry } from './logPages'
import type { Level } from './types'

const entry = (message: string, level: Level = 'INFO', place = message): PlacedEntry => ({
  namespace: 'n', flowId: 'f', executionId: 'e', timestamp: '2024-01-01T00:00:00Z', level, message, place,
})
const full = (name: string) => Array.from({ length: PAGE_SIZE }, (_, row) => entry(`${name}${row}`))
const quiet = { warnings: [], errors: [] }
const long = { total: PAGE_SIZE * 3 + 7, ends: ['a', 'b', 'c', 'd'], ...quiet }

test('only pages that hold what is seen are asked for, each once', () => {
  const book = new LogBook(long)
  expect(book.missing(PAGE_SIZE - 1, PAGE_SIZE)).toEqual([0, 1])
  book.asked.set(1, Promise.resolve([]))
  book.pages.set(0, full('x'))
  expect(book.missing(0, long.total + 50)).toEqual([2, 3])
  expect(book.placeBefore(0)).toBeUndefined()
  expect(book.placeBefore(3)).toBe('c')
})

test('what came since follows what was counted', () => {
  const book = new LogBook({ total: 2, ends: ['a'], ...quiet })
  book.pages.set(0, [entry('one'), entry('two')])
  book.came = [entry('three')]
  expect([0, 1, 2, 3].map((row) => book.entryAt(row)?.message)).toEqual(['one', 'two', 'three', undefined])
  expect(book.total).toBe(3)
})

test('a new count keeps the pages whose ends have not moved', () => {
  const before = new LogBook(long)
  for (const number of [0, 1, 2, 3]) before.pages.set(number, full(String(number)))
  const after = new LogBook({ total: PAGE_SIZE * 4, ends: ['a', 'b', 'C', 'e'], ...quiet }, before)
  expect([...after.pages.keys()]).toEqual([0, 1])
})

test('pages far from what is read are forgotten', () => {
  const book = new LogBook({ total: PAGE_SIZE * 200, ends: [], ...quiet })
  for (let number = 0; number < 100; number += 1) book.pages.set(number, [])
  book.forget(90)
  expect(book.pages.size).toBe(60)
  expect(book.pages.has(90)).toBe(true)
  expect(book.pages.has(0)).toBe(false)
})

/** Errors in the rows 3, 1000 and 1004, a warning that came since; which pages were read is noted. */
function marked() {
  const book = new LogBook({ total: PAGE_SIZE * 3, ends: ['a', 'b', 'c'], warnings: [0, 0, 0], errors: [1, 1, 3] })
  book.came = [entry('x'), entry('y', 'WARN')]
  const asked: number[] = []
  const read = (page: number) => {
    asked.push(page)
    if (page === book.lastPage) return Promise.resolve(book.came)
    const errors = [[3], [], [0, 4]][page] ?? []
    return Promise.resolve(full(String(page)).map((line, row) => (errors.includes(row) ? { ...line, level: 'ERROR' as const } : line)))
  }
  return { book, read, asked }
}

test('one goes to the next and the previous line of a level by the pages that have some', async () => {
  const { book, read, asked } = marked()
  expect([book.countOf('ERROR'), book.countOf('WARN')]).toEqual([3, 1])
  expect(await rowWith(book, read, 'ERROR', -1, 1)).toBe(3)
  expect(await rowWith(book, read, 'ERROR', 3, 1)).toBe(1000)
  expect(await rowWith(book, read, 'ERROR', 1000, 1)).toBe(1004)
  expect(await rowWith(book, read, 'ERROR', 1004, 1)).toBeUndefined()
  expect(await rowWith(book, read, 'ERROR', 1000, -1)).toBe(3)
  expect(await rowWith(book, read, 'ERROR', 3, -1)).toBeUndefined()
  expect(asked).not.toContain(1)
  expect(await rowWith(book, read, 'WARN', 0, 1)).toBe(1501)
  expect(await rowWith(book, read, 'WARN', 1501, -1)).toBeUndefined()
})

test('the row of a line is found by its place, in the page that holds it', async () => {
  const at = (second: string, sequence: number, run = 'r') => `2024-01-01T00:00:${second}+00:00~${sequence}~${run}`
  const lines = [[at('01', 9), at('01.5', 2)], [at('01.5', 2, 's'), at('01.5', 10)], [at('02', 0)]]
  const ends = lines.map((page) => page.at(-1) as string)
  const book = new LogBook({ total: PAGE_SIZE * 3, ends, ...quiet })
  const asked: number[] = []
  const read = (page: number) => {
    asked.push(page)
    return Promise.resolve((lines[page] ?? []).map((place) => entry('line', 'INFO', place)))
  }
  expect(await rowAt(book, read, at('01.500000', 10))).toBeUndefined()
  expect(asked.splice(0)).toEqual([1, 2])
  expect(await rowAt(book, read, at('01', 9))).toBe(0)
  expect(asked.splice(0)).toEqual([0])
  expect(await rowAt(book, read, at('01.5', 2, 's'))).toBe(PAGE_SIZE)
  expect(await rowAt(book, read, at('02', 0))).toBe(PAGE_SIZE * 2)
  book.came = [entry('late', 'INFO', at('09', 1))]
  expect(await rowAt(book, () => Promise.resolve(book.came), at('09', 1))).toBe(PAGE_SIZE * 3)
})
