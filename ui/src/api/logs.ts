import { useEffect, useState } from 'react'
import { part, request, type Page, type Query } from './client'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { Level, LogEntry } from './types'

const FLUSH_EVERY_MS = 150

export const LEVELS: readonly Level[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR']

export interface Log {
  entries: readonly LogEntry[]
  isLoading: boolean
  problem: string | undefined
}

/**
 * The log of an execution: in one reply when it has ended, else as it grows.
 *
 * The stream starts again from the first entry after each reconnect, so entries are replaced then.
 */
export function useLog(executionId: string, minLevel: Level, isLive: boolean): Log {
  const [log, setLog] = useState<Log>({ entries: [], isLoading: true, problem: undefined })
  useEffect(() => {
    setLog({ entries: [], isLoading: true, problem: undefined })
    const base = `/logs/${part(executionId)}`
    const abort = new AbortController()
    const readAll = () =>
      request<LogEntry[]>(base, { query: { minLevel }, signal: abort.signal }).then(
        (entries) => setLog({ entries, isLoading: false, problem: undefined }),
        (error: Error) => {
          if (!abort.signal.aborted) setLog({ entries: [], isLoading: false, problem: error.message })
        },
      )
    if (!isLive) {
      void readAll()
      return () => abort.abort()
    }
    const source = new EventSource(`/api/v1${base}/follow?minLevel=${minLevel}`)
    let entries: LogEntry[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = () => {
      timer = undefined
      setLog({ entries: entries.slice(), isLoading: false, problem: undefined })
    }
    source.onopen = () => {
      entries = []
      timer ??= setTimeout(flush, FLUSH_EVERY_MS)
    }
    source.onmessage = (event: MessageEvent<string>) => {
      entries.push(JSON.parse(event.data) as LogEntry)
      timer ??= setTimeout(flush, FLUSH_EVERY_MS)
    }
    return () => {
      clearTimeout(timer)
      source.close()
    }
  }, [executionId, minLevel, isLive])
  return log
}

export const logsQuery = (query: Query) =>
  queryOptions({
    queryKey: ['logs', query],
    queryFn: ({ signal }) => request<Page<LogEntry>>('/logs/search', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  })
