/** What a flow has to do with others, and what its runs measured. */

import { queryOptions } from '@tanstack/react-query'
import { part, request } from './client'

const of = (namespace: string, id: string) => `${part(namespace)}/${part(id)}`

export interface Dependencies {
  nodes: { uid: string; namespace: string; id: string }[]
  edges: { source: string; target: string; relation: string }[]
}

/** Flows that a flow starts or is started by; with `isWhole` also those beyond them. */
export const dependenciesQuery = (namespace: string, id: string, isWhole: boolean) =>
  queryOptions({
    queryKey: ['dependencies', namespace, id, isWhole],
    queryFn: ({ signal }) => request<Dependencies>(`/flows/${of(namespace, id)}/dependencies`, { query: { expandAll: isWhole }, signal }),
  })

export interface MetricName {
  taskId: string
  name: string
}

/** Every metric of every task of a flow. */
export const metricNamesQuery = (namespace: string, id: string) =>
  queryOptions({
    queryKey: ['metrics', 'names', namespace, id],
    queryFn: async ({ signal }): Promise<MetricName[]> => {
      const tasks = await request<string[]>(`/metrics/tasks/${of(namespace, id)}`, { signal })
      const named = await Promise.all(
        tasks.map(async (taskId) => {
          const names = await request<string[]>(`/metrics/names/${of(namespace, id)}/${part(taskId)}`, { signal })
          return names.map((name) => ({ taskId, name }))
        }),
      )
      return named.flat()
    },
  })

export const AGGREGATIONS = ['sum', 'avg', 'min', 'max'] as const
export type Aggregation = (typeof AGGREGATIONS)[number]

interface Aggregate {
  groupBy: string
  aggregations: { name?: string; value: number | null; date: string }[]
}

export const aggregateQuery = (namespace: string, id: string, { taskId, name }: MetricName, aggregation: Aggregation, startDate: string) =>
  queryOptions({
    queryKey: ['metrics', 'aggregate', namespace, id, taskId, name, aggregation, startDate],
    queryFn: ({ signal }) =>
      request<Aggregate>(`/metrics/aggregates/${of(namespace, id)}/${part(taskId)}/${part(name)}`, { query: { aggregation, startDate }, signal }),
  })
