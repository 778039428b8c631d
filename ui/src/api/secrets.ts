import { queryOptions } from '@tanstack/react-query'
import { part, request, type Page } from './client'
import type { Label } from './types'

/** A secret without its value: that is never given. Without a namespace it is one of the server's environment. */
export interface Secret {
  key: string
  namespace?: string
  description?: string
  tags?: Label[]
  updateDate?: string
}

const base = (namespace: string) => `/namespaces/${part(namespace)}/secrets`
const MOST = 500

export const secretsQuery = (namespace: string) =>
  queryOptions({ queryKey: ['secrets', namespace], queryFn: () => request<Page<Secret>>(base(namespace), { query: { size: MOST, sort: 'key:asc' } }) })

/** Names by the namespace above that has them. */
export const inheritedSecretsQuery = (namespace: string) =>
  queryOptions({ queryKey: ['secrets', namespace, 'inherited'], queryFn: () => request<Record<string, string[]>>(`/namespaces/${part(namespace)}/inherited-secrets`) })

interface NewSecret {
  key: string
  value: string
  description: string
  tags: readonly Label[]
}

export const putSecret = (namespace: string, { key, value, description, tags }: NewSecret) =>
  request<Secret[]>(base(namespace), { method: 'PUT', json: { key, value, tags, ...(description ? { description } : {}) } })

export const describeSecret = (namespace: string, { key, description, tags }: NewSecret) =>
  request<Secret[]>(`${base(namespace)}/${part(key)}`, { method: 'PATCH', json: { tags, description: description || null } })

export const deleteSecret = (namespace: string, key: string) => request<string[]>(`${base(namespace)}/${part(key)}`, { method: 'DELETE' })
