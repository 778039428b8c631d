import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { part, request, type Page, type Query } from './client'

export interface Blueprint {
  id: string
  title: string
  description?: string
  includedTasks?: string[]
  tags?: string[]
}

const BASE = '/blueprints/community'
const MOST = 100

/** Flows that run as they are, to begin with. */
export const blueprintsQuery = (query: Query = {}) =>
  queryOptions({
    queryKey: ['blueprints', query],
    queryFn: ({ signal }) => request<Page<Blueprint>>(BASE, { query: { size: MOST, ...query }, signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })

export const blueprintTagsQuery = queryOptions({
  queryKey: ['blueprints', 'tags'],
  queryFn: () => request<{ id: string; name: string }[]>(`${BASE}/tags`),
  staleTime: Infinity,
})

/** One of them with its source. */
export const blueprintQuery = (id: string) =>
  queryOptions({
    queryKey: ['blueprint', id],
    queryFn: ({ signal }) => request<Blueprint & { flow: string }>(`${BASE}/${part(id)}`, { signal }),
    staleTime: Infinity,
    retry: false,
  })
