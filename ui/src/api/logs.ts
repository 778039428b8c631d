import { part, request, type Page, type Query } from './client'
import type { LogQuery } from './logPages'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { refreshMs } from '../settings/preferences'
import type { Level, LogEntry } from './types'

export const LEVELS: readonly Level[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR']

/** All entries of a flow: its executions and triggers forget what they said. */
export const deleteLogs = (namespace: string, flowId: string) => request<void>(`/logs/${part(namespace)}/${part(flowId)}`, { method: 'DELETE' })

const PAGE_MS = 10_000

/** All entries of one task run. */
export const deleteLogsOfRun = (executionId: string, taskRunId: string) => request<void>(`/logs/${part(executionId)}`, { method: 'DELETE', query: { taskRunId } })

export const logsQuery = (query: Query) =>
  queryOptions({
    queryKey: ['logs', query],
    queryFn: ({ signal }) => request<Page<LogEntry>>('/logs/search', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: () => refreshMs(PAGE_MS),
  })

/** How many lines are of one task run; without one, of the execution itself. */
export interface LogShare {
  taskRunId?: string
  taskId?: string
  total: number
  warnings: number
  errors: number
}

const LIVE_MS = 5_000
const LATE_MS = 15_000

export const logSharesQuery = (id: string, wanted: LogQuery, isLive: boolean) =>
  queryOptions({
    queryKey: ['logs', id, 'task-runs', wanted],
    queryFn: ({ signal }) => request<LogShare[]>(`/logs/${part(id)}/task-runs`, { query: { ...wanted }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: isLive ? LIVE_MS : LATE_MS,
  })
