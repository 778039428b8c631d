import { part, request, requestText } from './client'

export interface Database {
  id: string
  place: string
  database?: string
  username: string
  embedded: boolean
  flows: string[]
}

export interface DataTable {
  schema: string
  name: string
  kind: string
  rows?: number | null
  exact: boolean
  size: number
}

export interface Answer {
  columns: { name: string; type: string }[]
  rows: unknown[][]
  truncated: boolean
  seconds: number
}

interface Databases {
  results: Database[]
  limits: { seconds: number; rows: number }
}

export const listDatabases = () => request<Databases>('/data')
export const listTables = (id: string) => request<DataTable[]>(`/data/${part(id)}/tables`)
export const runQuery = (id: string, sql: string, limit: number) => request<Answer>(`/data/${part(id)}/query`, { method: 'POST', json: { sql, limit } })
export const downloadQuery = (id: string, sql: string) => requestText(`/data/${part(id)}/query/csv`, { method: 'POST', json: { sql } })
