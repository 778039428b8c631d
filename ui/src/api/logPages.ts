import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { API, part, request, withQuery, type Query } from './client'
import type { Level, LogEntry } from './types'

const FLUSH_EVERY_MS = 150
/** Lines that came since the last count; with more it is counted anew, so that they are pages too. */
const MOST_AFTER = 5000
const KEPT_PAGES = 60
/** A line may be stored a moment after its execution has ended. */
const LATE_MS = 1500

export const PAGE_SIZE = 500

interface LogQuery {
  minLevel: Level
  taskRunId?: string | undefined
  taskId?: string | undefined
  q?: string | undefined
}

/** Where the pages of a log end: the place of each page's last entry. */
interface LogIndex {
  total: number
  ends: string[]
}

/** What is known of a log: how long it is, the pages that were read, and what came after. */
export class LogBook {
  readonly pages = new Map<number, LogEntry[]>()
  readonly asked = new Set<number>()
  came: LogEntry[] = []

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

  entryAt(row: number): LogEntry | undefined {
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

  /** Forgets the pages that are farthest from the one that is read. */
  forget(near: number): void {
    if (this.pages.size <= KEPT_PAGES) return
    const far = [...this.pages.keys()].toSorted((a, b) => Math.abs(b - near) - Math.abs(a - near))
    for (const number of far.slice(0, this.pages.size - KEPT_PAGES)) this.pages.delete(number)
  }
}

export interface PagedLog {
  total: number
  entryAt: (row: number) => LogEntry | undefined
  want: (first: number, last: number) => void
  isLoading: boolean
  problem: string | undefined
}

const NONE = new LogBook({ total: 0, ends: [] })

/**
 * The log of an execution as it is filtered by the server: rows are read in pages when they are seen.
 *
 * While the execution goes on, what it logs is added at the end.
 */
export function usePagedLog(executionId: string, wanted: LogQuery, isLive: boolean): PagedLog {
  const base = `/logs/${part(executionId)}`
  const { minLevel, taskRunId, taskId, q } = wanted
  const query = useMemo<Query>(() => ({ minLevel, taskRunId, taskId, q }), [minLevel, taskRunId, taskId, q])
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
  }, [base, query, isLive, count])

  const { book } = state
  const want = useCallback(
    (first: number, last: number) => {
      for (const number of book.missing(first, last)) {
        book.asked.add(number)
        request<LogEntry[]>(`${base}/page`, { query: { ...query, size: PAGE_SIZE, after: book.placeBefore(number) } }).then(
          (entries) => {
            book.pages.set(number, entries)
            book.asked.delete(number)
            book.forget(number)
            redraw((n) => n + 1)
          },
          (error: Error) => {
            book.asked.delete(number)
            setState((before) => ({ ...before, problem: error.message }))
          },
        )
      }
    },
    [book, base, query],
  )
  return { total: book.total, entryAt: (row) => book.entryAt(row), want, isLoading: state.isLoading, problem: state.problem }
}

/** Adds what comes to the end of a book. After a reconnect it comes again from the same place. */
function follow(base: string, query: Query, book: LogBook, onLines: () => void, onMany: () => void): () => void {
  const source = new EventSource(withQuery(`${API}${base}/follow`, { ...query, after: book.index.ends.at(-1) }))
  let coming: LogEntry[] = []
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
    coming.push(JSON.parse(event.data) as LogEntry)
    timer ??= setTimeout(flush, FLUSH_EVERY_MS)
  }
  return () => {
    clearTimeout(timer)
    source.close()
  }
}
