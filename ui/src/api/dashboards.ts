/** Dashboards that users wrote, and the rows of their charts. */

import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { part, request, requestBlob, type Page, type Query } from './client'
import type { Validation } from './types'

export interface TimeWindow {
  default: string
  max: string
}

export interface StoredDashboard {
  id: string
  title: string
  description?: unknown
  timeWindow: TimeWindow
  /** As they were written: what a chart says of itself is not checked to the last word. */
  charts: unknown[]
  sourceCode: string
}

/** Which rows of a chart are wanted. */
export interface ChartQuestion {
  startDate: string
  endDate: string
  pageNumber: number
  pageSize: number
  namespace?: string
  filters?: { field: string; operation: string; value: string | readonly string[] }[]
}

export type Row = Record<string, unknown>

const YAML = { 'content-type': 'application/x-yaml' }
const of = (id: string) => `/dashboards/${part(id)}`

export const dashboardsQuery = (query: Query) =>
  queryOptions({
    queryKey: ['dashboards', 'list', query],
    queryFn: ({ signal }) => request<Page<StoredDashboard>>('/dashboards', { query, signal }),
    placeholderData: keepPreviousData,
  })

export const dashboardQuery = (id: string) =>
  queryOptions({
    queryKey: ['dashboards', 'one', id],
    queryFn: ({ signal }) => request<StoredDashboard>(of(id), { signal }),
  })

export const createDashboard = (source: string) => request<StoredDashboard>('/dashboards', { method: 'POST', body: source, headers: YAML })

export const updateDashboard = (id: string, source: string) => request<StoredDashboard>(of(id), { method: 'PUT', body: source, headers: YAML })

export const deleteDashboard = (id: string) => request<void>(of(id), { method: 'DELETE' })

export const validateDashboard = (source: string, signal: AbortSignal) =>
  request<Validation>('/dashboards/validate', { method: 'POST', body: source, headers: YAML, signal })

const chartOf = (id: string, chart: string) => `${of(id)}/charts/${part(chart)}`

export const chartRows = (id: string, chart: string, question: ChartQuestion, signal: AbortSignal) =>
  request<Page<Row>>(chartOf(id, chart), { method: 'POST', json: question, signal })

/** Of a chart that is not saved; JSON is YAML too. */
export const previewRows = (chart: unknown, question: ChartQuestion, signal: AbortSignal) =>
  request<Page<Row>>('/dashboards/charts/preview', { method: 'POST', json: { chart: JSON.stringify(chart), globalFilter: question }, signal })

export const chartCsv = (id: string, chart: string, question: ChartQuestion) =>
  requestBlob(`${chartOf(id, chart)}/export/to-csv`, { method: 'POST', json: question })
