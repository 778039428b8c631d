import { part, request } from './client'

export interface Token {
  name: string
  created: string
}

export const tokensQuery = { queryKey: ['tokens'], queryFn: () => request<Token[]>('/tokens') }

/** The text of a token is given this once. */
export const makeToken = (name: string) => request<{ name: string; token: string }>('/tokens', { method: 'POST', json: { name } })

export const deleteToken = (name: string) => request<void>(`/tokens/${part(name)}`, { method: 'DELETE' })

export const setCredentials = (username: string, password: string) => request<void>('/basicAuth', { method: 'POST', json: { username, password } })
