import { part, request, type Page, type Query } from './client'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { Level, LogEntry } from './types'

export const LEVELS: readonly Level[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR']

/** All entries of a flow: its executions and triggers forget what they said. */
export const deleteLogs = (namespace: string, flowId: string) => request<void>(`/logs/${part(namespace)}/${part(flowId)}`, { method: 'DELETE' })

export const logsQuery = (query: Query) =>
  queryOptions({
    queryKey: ['logs', query],
    queryFn: ({ signal }) => request<Page<LogEntry>>('/logs/search', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  })
