import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { part, request, type Page, type Query } from './client'
import type { Flow, Validation } from './types'

const YAML = { 'content-type': 'application/x-yaml' }

export const flowsQuery = (query: Query) =>
  queryOptions({
    queryKey: ['flows', query],
    queryFn: ({ signal }) => request<Page<Flow>>('/flows/search', { query, signal }),
    placeholderData: keepPreviousData,
  })

export const flowQuery = (namespace: string, id: string) =>
  queryOptions({
    queryKey: ['flow', namespace, id],
    queryFn: ({ signal }) => request<Flow>(`/flows/${part(namespace)}/${part(id)}`, { query: { source: true }, signal }),
  })

/** A flow as it is stored now, whatever the pages know of it. */
export const readFlow = (namespace: string, id: string) => request<Flow>(`/flows/${part(namespace)}/${part(id)}`, { query: { source: true } })

/** A flow that may be deleted: its last source. */
export const lastQuery = (namespace: string, id: string) =>
  queryOptions({
    queryKey: ['flow', namespace, id, 'last'],
    queryFn: ({ signal }) => request<Flow>(`/flows/${part(namespace)}/${part(id)}`, { query: { source: true, allowDeleted: true }, signal }),
    retry: false,
  })

/** The revision that an execution ran, which may not be the latest. */
export const revisionQuery = (namespace: string, id: string, revision: number) =>
  queryOptions({
    queryKey: ['flow', namespace, id, revision],
    queryFn: ({ signal }) =>
      request<Flow>(`/flows/${part(namespace)}/${part(id)}`, { query: { source: true, revision }, signal }),
    staleTime: Infinity,
  })

export const revisionsQuery = (namespace: string, id: string) =>
  queryOptions({
    queryKey: ['revisions', namespace, id],
    queryFn: ({ signal }) => request<Flow[]>(`/flows/${part(namespace)}/${part(id)}/revisions`, { signal }),
  })

export const createFlow = (source: string) =>
  request<Flow>('/flows', { method: 'POST', body: source, headers: YAML })

export const updateFlow = (namespace: string, id: string, source: string) =>
  request<Flow>(`/flows/${part(namespace)}/${part(id)}`, { method: 'PUT', body: source, headers: YAML })

export const deleteFlow = (namespace: string, id: string) =>
  request<void>(`/flows/${part(namespace)}/${part(id)}`, { method: 'DELETE' })

export const validateFlow = (source: string, signal?: AbortSignal) =>
  request<Validation[]>('/flows/validate', {
    method: 'POST',
    body: source,
    headers: YAML,
    ...(signal ? { signal } : {}),
  })
