import { queryOptions } from '@tanstack/react-query'
import { request } from './client'

export interface Process {
  id: string
  roles: string[]
  state: 'RUNNING' | 'LOST'
  hostname: string
  pid: number
  version: string
  createdAt: string
  updatedAt: string
  worker?: { group: string; slots: number; running: number }
}

export interface Waiting {
  count: number
  oldest?: string
}

export interface Server {
  name: string
  status: 'UP' | 'DOWN'
  error?: string
  version?: string
  place?: string
  size?: number
  connections?: number
  mostConnections?: number
  messages?: number
}

export interface Problem {
  message: string
  hint: string
  severity: 'ERROR' | 'WARNING'
}

export interface Services {
  results: Process[]
  total: number
  queues: { jobs?: (Waiting & { group: string })[]; inbox?: Waiting; logs?: Waiting }
  servers: Server[]
  disk: { folder: string; free: number; total: number }
  problems: Problem[]
}

export const servicesQuery = queryOptions({
  queryKey: ['services'],
  queryFn: ({ signal }) => request<Services>('/services', { signal }),
  refetchInterval: 5000,
})
