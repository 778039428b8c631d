import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { part, request, type Page, type Query } from './client'
import type { Backfill, TriggerSpec, TriggerState } from './types'

export interface TriggerRow {
  abstractTrigger?: TriggerSpec
  triggerContext: TriggerState
}

export const triggersQuery = (query: Query) =>
  queryOptions({
    queryKey: ['triggers', query],
    queryFn: ({ signal }) => request<Page<TriggerRow>>('/triggers/search', { query, signal }),
    placeholderData: keepPreviousData,
    // A backfill moves every second or so; without one a trigger changes when it fires.
    refetchInterval: ({ state }) => (state.data?.results.some((row) => row.triggerContext.backfill) ? 1000 : 5000),
  })

type Keys = Pick<TriggerState, 'namespace' | 'flowId' | 'triggerId'>

export const keysOf = ({ namespace, flowId, triggerId }: TriggerState): Keys => ({ namespace, flowId, triggerId })

export const setDisabled = (keys: Keys, disabled: boolean) =>
  request<TriggerState>('/triggers', { method: 'PUT', json: { ...keys, disabled } })

export const createBackfill = (keys: Keys, backfill: Backfill) =>
  request<TriggerState>('/triggers', { method: 'PUT', json: { ...keys, backfill } })

export interface Plan {
  total: number
  dates: string[]
}

/** The dates that a backfill would run; nothing is stored. */
export const planBackfill = (keys: Keys, backfill: Backfill) =>
  request<Plan>('/triggers/backfill/plan', { method: 'POST', json: { ...keys, backfill } })

export const pauseBackfill = (keys: Keys, pause: boolean) =>
  request<TriggerState>(`/triggers/backfill/${pause ? 'pause' : 'unpause'}`, { method: 'PUT', json: keys })

export const deleteBackfill = (keys: Keys) =>
  request<TriggerState>('/triggers/backfill/delete', { method: 'POST', json: keys })

export const unlockTrigger = ({ namespace, flowId, triggerId }: Keys) =>
  request<TriggerState>(`/triggers/${part(namespace)}/${part(flowId)}/${part(triggerId)}/unlock`, { method: 'POST' })

export interface Told {
  reasons: string[]
  nextDates: string[]
}

export const whyQuery = ({ namespace, flowId, triggerId }: Keys) => ({
  queryKey: ['triggers', 'why', namespace, flowId, triggerId],
  queryFn: () => request<Told>(`/triggers/${part(namespace)}/${part(flowId)}/${part(triggerId)}/why`),
})

/** How far a backfill has come, from 0 to 1. */
export function backfillProgress({ start, end, currentDate }: Backfill, now: Date): number {
  const first = Date.parse(start)
  const last = end ? Date.parse(end) : now.getTime()
  if (!currentDate || last <= first) return 0
  return Math.min(1, Math.max(0, (Date.parse(currentDate) - first) / (last - first)))
}
