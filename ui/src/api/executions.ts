import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { hasEnded } from '../parts/states'
import { API, part, request, type Page, type Query } from './client'
import { refreshMs } from '../settings/preferences'
import type { Execution, Label, Metric } from './types'

const LIVE_MS = 6000
const SETTLED_MS = 60_000

export const executionsQuery = (query: Query) =>
  queryOptions({
    queryKey: ['executions', query],
    queryFn: ({ signal }) => request<Page<Execution>>('/executions/search', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: () => refreshMs(LIVE_MS),
  })

/** What has settled changes by what somebody asks for only; what goes on is followed. */
export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: ['execution', id],
    queryFn: ({ signal }) => request<Execution>(`/executions/${part(id)}`, { signal }),
    staleTime: ({ state }) => (state.data && hasEnded(state.data.state.current) ? SETTLED_MS : 0),
    // Comparing ten thousand task runs with those before costs more than drawing those in view.
    structuralSharing: false,
  })

export const metricsQuery = (id: string, taskRunId?: string) =>
  queryOptions({
    queryKey: ['metrics', id, taskRunId],
    queryFn: ({ signal }) => request<Page<Metric>>(`/metrics/${part(id)}`, { query: { size: 200, sort: 'timestamp:asc', taskRunId }, signal }),
  })

export interface Start {
  namespace: string
  flowId: string
  form: FormData
  labels: readonly Label[]
  scheduleDate?: string | undefined
  breakpoints?: readonly string[]
}

export function startExecution({ namespace, flowId, form, labels, scheduleDate, breakpoints = [] }: Start): Promise<Execution> {
  const query: Query = { labels: labels.map(({ key, value }) => `${key}:${value}`), scheduleDate, breakpoints }
  const hasParts = [...form.keys()].length > 0
  return request(`/executions/${part(namespace)}/${part(flowId)}`, {
    method: 'POST',
    query,
    ...(hasParts ? { body: form } : {}),
  })
}

export const killExecution = (id: string) => request<void>(`/executions/${part(id)}/kill`, { method: 'DELETE' })
export const deleteExecution = (id: string) => request<void>(`/executions/${part(id)}`, { method: 'DELETE' })

/** Restart, replay, pause … : all are a POST without a body. */
export const actOn = (id: string, action: string, query: Query = {}) =>
  request<Execution | undefined>(`/executions/${part(id)}/${action}`, { method: 'POST', query })

export const fileUrl = (id: string, path: string) =>
  `${API}/executions/${part(id)}/file?path=${part(path)}`

export interface Preview {
  extension: string
  type: 'LIST' | 'IMAGE' | 'PDF' | 'MARKDOWN' | 'TEXT'
  content: unknown
  truncated: boolean
}

export const previewFile = (id: string, path: string, maxRows: number) =>
  request<Preview>(`/executions/${part(id)}/file/preview`, { query: { path, maxRows } })

export const evaluate = (id: string, taskRunId: string, expression: string) =>
  request<{ result?: string; error?: string }>(`/executions/${part(id)}/eval/${part(taskRunId)}`, {
    method: 'POST',
    body: expression,
    headers: { 'content-type': 'text/plain' },
  })
