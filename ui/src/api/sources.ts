import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { request, type Page, type Query } from './client'

export interface SourceMatch {
  line: number
  start: number
  end: number
  text: string
}

export interface FoundSource {
  namespace: string
  id: string
  matches: SourceMatch[]
}

/** Flows whose source holds a text, with the places. */
export const sourcesQuery = (query: Query) =>
  queryOptions({
    queryKey: ['flows', 'sources', query],
    queryFn: ({ signal }) => request<Page<FoundSource>>('/flows/source', { query, signal }),
    placeholderData: keepPreviousData,
  })
