import { queryOptions } from '@tanstack/react-query'
import { request, type Page, type Query } from './client'

export const namespacesQuery = (query: Query) =>
  queryOptions({
    queryKey: ['namespaces', query],
    queryFn: ({ signal }) => request<Page<{ id: string }>>('/namespaces/search', { query: { sort: 'id:asc', ...query }, signal }),
  })
