import { queryOptions } from '@tanstack/react-query'
import { request } from './client'

interface Configs {
  uuid: string
  version: string
  isBasicAuthEnabled: boolean
  url?: string
  systemNamespace?: string
  environment?: { name?: string; color?: string }
}

export const configsQuery = queryOptions({
  queryKey: ['configs'],
  queryFn: () => request<Configs>('/configs'),
  staleTime: Infinity,
})

export async function logOut(): Promise<void> {
  await request<void>('/logout', { method: 'POST' })
  window.location.reload()
}
