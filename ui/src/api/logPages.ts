import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { API, part, request, withQuery, type Query } from './client'
import type { Level, LogEntry } from './types'

const FLUSH_EVERY_MS = 150
/** Lines that came since the last count; with more it is counted anew, so that they are pages too. */
const MOST_AFTER = 5000
const KEPT_PAGES = 60
/** A line may be stored a moment after its execution has ended. */
const LATE_MS = 1500

const MICROSECOND_DIGITS = 6
const SEQUENCE_DIGITS = 12

export const PAGE_SIZE = 500

export interface LogQuery {
  minLevel: Level
  /** Empty for what is of the execution itself. */
  taskRunId?: string | undefined
  taskId?: string | undefined
  q?: string | undefined
}

/** Where the pages of a log end: the place of each page's last entry, and how many warnings and errors there are up to it. */
interface LogIndex {
  total: number
  ends: string[]
  warnings: number[]
  errors: number[]
}

/** Levels from line to line of which one can go. */
export const MARKED = ['ERROR', 'WARN'] as const
export type Marked = (typeof MARKED)[number]
export type Step = 1 | -1

/** What is sent of an execution's log: entries with their place in it. */
export interface PlacedEntry extends LogEntry {
  place: string
}

/** What is known of a log: how long it is, the pages that were read, and what came after. */
export class LogBook {
  readonly pages = new Map<number, PlacedEntry[]>()
  readonly asked = new Map<number, Promise<PlacedEntry[]>>()
  came: PlacedEntry[] = []

  constructor(readonly index: LogIndex, before?: LogBook) {
    // A page between two places that have not moved is the page it was.
    for (const [number, entries] of before?.pages ?? []) {
      const isSame = [number - 1, number].every((end) => before?.index.ends[end] === index.ends[end])
      if (isSame) this.pages.set(number, entries)
    }
  }

  get total(): number {
    return this.index.total + this.came.length
  }

  entryAt(row: number): PlacedEntry | undefined {
    if (row >= this.index.total) return this.came[row - this.index.total]
    return this.pages.get(Math.floor(row / PAGE_SIZE))?.[row % PAGE_SIZE]
  }

  /** Pages that hold these rows and were not asked for yet. */
  missing(first: number, last: number): number[] {
    const numbers: number[] = []
    const end = Math.min(last, this.index.total - 1)
    for (let number = Math.floor(Math.max(0, first) / PAGE_SIZE); number * PAGE_SIZE <= end; number += 1) {
      if (!this.pages.has(number) && !this.asked.has(number)) numbers.push(number)
    }
    return numbers
  }

  /** The place behind which a page begins; nothing for the first. */
  placeBefore(number: number): string | undefined {
    return number === 0 ? undefined : this.index.ends[number - 1]
  }

  /** What came since the last count is as one more page. */
  get lastPage(): number {
    return this.index.ends.length
  }

  pageAt(row: number): number {
    return row >= this.index.total ? this.lastPage : Math.floor(Math.max(0, row) / PAGE_SIZE)
  }

  startOf(page: number): number {
    return page === this.lastPage ? this.index.total : page * PAGE_SIZE
  }

  countOf(level: Marked): number {
    return this.countUntil(level, this.lastPage)
  }

  /** The nearest page, from one on or back from it, that has lines of a level. */
  pageWith(level: Marked, from: number, step: Step): number | undefined {
    for (let page = from; page >= 0 && page <= this.lastPage; page += step) {
      if (this.countUntil(level, page) > this.countUntil(level, page - 1)) return page
    }
    return undefined
  }

  /** Pages that may hold a place: where it would be, and those that end at its moment. */
  pagesAround(place: string): number[] {
    const wanted = orderOf(place)
    const { ends } = this.index
    const first = ends.findIndex((end) => orderOf(end) >= wanted)
    if (first < 0) return [this.lastPage]
    let last = first
    while (last < ends.length && orderOf(ends[last] as string) === wanted) last += 1
    return Array.from({ length: last - first + 1 }, (_, step) => first + step)
  }

  private countUntil(level: Marked, page: number): number {
    const counts = level === 'WARN' ? this.index.warnings : this.index.errors
    if (page < this.lastPage) return counts[page] ?? 0
    return (counts.at(-1) ?? 0) + this.came.filter((entry) => entry.level === level).length
  }

  /** Forgets the pages that are farthest from the one that is read. */
  forget(near: number): void {
    if (this.pages.size <= KEPT_PAGES) return
    const far = [...this.pages.keys()].toSorted((a, b) => Math.abs(b - near) - Math.abs(a - near))
    for (const number of far.slice(0, this.pages.size - KEPT_PAGES)) this.pages.delete(number)
  }
}

type Read = (page: number) => Promise<readonly PlacedEntry[]>

/** The nearest row behind one, or before it, that has a level. */
export async function rowWith(book: LogBook, read: Read, level: Marked, from: number, step: Step): Promise<number | undefined> {
  let page = book.pageWith(level, book.pageAt(from), step)
  while (page !== undefined) {
    const start = book.startOf(page)
    const rows = (await read(page)).flatMap((entry, place) => (entry.level === level ? [start + place] : []))
    const found = step > 0 ? rows.find((row) => row > from) : rows.findLast((row) => row < from)
    if (found !== undefined) return found
    page = book.pageWith(level, page + step, step)
  }
  return undefined
}

/** The row of the line at a place; nothing where it is not among those that fit. */
export async function rowAt(book: LogBook, read: Read, place: string): Promise<number | undefined> {
  for (const page of book.pagesAround(place)) {
    const row = (await read(page)).findIndex((entry) => entry.place === place)
    if (row >= 0) return book.startOf(page) + row
  }
  return undefined
}

/** The moment of a place, to the microsecond, and its number: as text that sorts as the log does. */
function orderOf(place: string): string {
  const [moment = '', sequence = ''] = place.split('~')
  const [second = '', fraction = ''] = moment.replace(/(Z|[+-]\d\d:\d\d)$/, '').split('.')
  return `${second}.${fraction.padEnd(MICROSECOND_DIGITS, '0')} ${sequence.padStart(SEQUENCE_DIGITS, '0')}`
}

export interface PagedLog {
  total: number
  entryAt: (row: number) => PlacedEntry | undefined
  want: (first: number, last: number) => void
  countOf: (level: Marked) => number
  rowWith: (level: Marked, from: number, step: Step) => Promise<number | undefined>
  rowAt: (place: string) => Promise<number | undefined>
  isLoading: boolean
  problem: string | undefined
}

const NONE = new LogBook({ total: 0, ends: [], warnings: [], errors: [] })

/**
 * The log of an execution as it is filtered by the server: rows are read in pages when they are seen.
 *
 * While the execution goes on, what it logs is added at the end. A new version, of whatever number, is counted anew.
 */
export function usePagedLog(executionId: string, wanted: LogQuery, isLive: boolean, version = 0): PagedLog {
  const base = `/logs/${part(executionId)}`
  const { minLevel, taskRunId, taskId, q } = wanted
  const query = useMemo<Query>(() => ({ minLevel, taskRunId: taskRunId === '' ? [''] : taskRunId, taskId, q }), [minLevel, taskRunId, taskId, q])
  const [state, setState] = useState({ book: NONE, isLoading: true, problem: undefined as string | undefined })
  const [count, setCount] = useState(0)
  const [, redraw] = useState(0)
  const shown = useRef({ book: NONE, query: undefined as Query | undefined, base: '', isLive: false })

  useEffect(() => {
    const abort = new AbortController()
    const before = shown.current
    const isSame = before.query === query && before.base === base
    if (!isSame) setState(({ book }) => ({ book, isLoading: true, problem: undefined }))
    let close = () => {}
    let late: ReturnType<typeof setTimeout> | undefined
    const countAgain = () => setCount((n) => n + 1)
    request<LogIndex>(`${base}/pages`, { query: { ...query, size: PAGE_SIZE }, signal: abort.signal }).then(
      (index) => {
        const book = new LogBook(index, isSame ? before.book : undefined)
        shown.current = { book, query, base, isLive }
        if (isLive) close = follow(base, query, book, () => redraw((n) => n + 1), countAgain)
        // What has ended may still be written down: it is counted until it stays as it is.
        else if (!isSame || before.isLive || before.book.index.total !== index.total) late = setTimeout(countAgain, LATE_MS)
        setState({ book, isLoading: false, problem: undefined })
      },
      (error: Error) => {
        if (!abort.signal.aborted) setState({ book: NONE, isLoading: false, problem: error.message })
      },
    )
    return () => {
      abort.abort()
      clearTimeout(late)
      close()
    }
  }, [base, query, isLive, count, version])

  const { book } = state
  const read = useCallback(
    (number: number): Promise<PlacedEntry[]> => {
      if (number === book.lastPage) return Promise.resolve(book.came)
      const known = book.pages.get(number)
      if (known) return Promise.resolve(known)
      const asked = book.asked.get(number)
      if (asked) return asked
      const coming = request<PlacedEntry[]>(`${base}/page`, { query: { ...query, size: PAGE_SIZE, after: book.placeBefore(number) } })
        .then((entries) => {
          book.pages.set(number, entries)
          book.forget(number)
          redraw((n) => n + 1)
          return entries
        })
        .catch((error: Error) => {
          setState((before) => ({ ...before, problem: error.message }))
          return []
        })
        .finally(() => book.asked.delete(number))
      book.asked.set(number, coming)
      return coming
    },
    [book, base, query],
  )
  const want = useCallback(
    (first: number, last: number) => {
      for (const number of book.missing(first, last)) void read(number)
    },
    [book, read],
  )
  const findLevel = useCallback((level: Marked, from: number, step: Step) => rowWith(book, read, level, from, step), [book, read])
  const findPlace = useCallback((place: string) => rowAt(book, read, place), [book, read])
  return {
    total: book.total,
    entryAt: (row) => book.entryAt(row),
    countOf: (level) => book.countOf(level),
    rowWith: findLevel,
    rowAt: findPlace,
    want,
    isLoading: state.isLoading,
    problem: state.problem,
  }
}

/** Adds what comes to the end of a book. After a reconnect it comes again from the same place. */
function follow(base: string, query: Query, book: LogBook, onLines: () => void, onMany: () => void): () => void {
  const source = new EventSource(withQuery(`${API}${base}/follow`, { ...query, after: book.index.ends.at(-1) }))
  let coming: PlacedEntry[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = () => {
    timer = undefined
    book.came = coming.slice()
    if (coming.length > MOST_AFTER) onMany()
    else onLines()
  }
  source.onopen = () => {
    coming = []
  }
  source.onmessage = (event: MessageEvent<string>) => {
    coming.push(JSON.parse(event.data) as PlacedEntry)
    timer ??= setTimeout(flush, FLUSH_EVERY_MS)
  }
  return () => {
    clearTimeout(timer)
    source.close()
  }
}
