import { queryOptions } from '@tanstack/react-query'
import { part, request } from './client'
import type { Kind } from '../namespaces/keyValue'

export interface KeyEntry {
  key: string
  namespace: string
  creationDate: string
  updateDate: string
  expirationDate?: string
  description?: string
}

const base = (namespace: string) => `/namespaces/${part(namespace)}/kv`

export const keysQuery = (namespace: string) =>
  queryOptions({ queryKey: ['kv', namespace, 'keys'], queryFn: () => request<KeyEntry[]>(base(namespace)) })

/** Entries of the namespaces above, that its flows read too. */
export const inheritedKeysQuery = (namespace: string) =>
  queryOptions({ queryKey: ['kv', namespace, 'inherited'], queryFn: () => request<KeyEntry[]>(`${base(namespace)}/inheritance`) })

/** The value as it was at a time: an update is another question. */
export const valueQuery = (namespace: string, key: string, updated: string) =>
  queryOptions({
    queryKey: ['kv', namespace, 'value', key, updated],
    queryFn: () => request<{ type: Kind; value?: unknown }>(`${base(namespace)}/${part(key)}`),
  })

interface NewValue {
  body: string
  ttl: string
  description: string
}

export const setValue = (namespace: string, key: string, { body, ttl, description }: NewValue) =>
  request<void>(`${base(namespace)}/${part(key)}`, {
    method: 'PUT',
    body,
    query: { ttl, description },
    headers: { 'content-type': 'application/json' },
  })

export const deleteKeys = (namespace: string, keys: readonly string[]) => request<{ keys: string[] }>(base(namespace), { method: 'DELETE', json: { keys } })
