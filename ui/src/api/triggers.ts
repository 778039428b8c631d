import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { refreshMs } from '../settings/preferences'
import { part, request, type Page, type Query } from './client'
import type { Backfill, TriggerSpec, TriggerState } from './types'

export interface TriggerRow {
  abstractTrigger?: TriggerSpec
  triggerContext: TriggerState
}

/** What narrows a list of triggers; empty parts do not. */
export interface TriggerFilter {
  q?: string
  namespace?: string
  flowId?: string
  state?: string
}

/** As the API reads filters; a flow belongs to exactly its namespace, else those below count too. */
export function triggerFilters({ q, namespace, flowId, state }: TriggerFilter): Query {
  return {
    'filters[q][EQUALS]': q,
    [`filters[namespace][${flowId ? 'EQUALS' : 'STARTS_WITH'}]`]: namespace,
    'filters[flowId][EQUALS]': flowId,
    'filters[triggerState][EQUALS]': state,
  }
}

/** When it was evaluated last; before the first time its date is the one that it waits for. */
export const evaluatedAt = ({ date, nextExecutionDate }: TriggerState) => (date === nextExecutionDate ? undefined : date)

const LIVE_MS = 5000
const BACKFILL_MS = 1000

export const triggersQuery = (query: Query) =>
  queryOptions({
    queryKey: ['triggers', query],
    queryFn: ({ signal }) => request<Page<TriggerRow>>('/triggers/search', { query, signal }),
    placeholderData: keepPreviousData,
    // A backfill moves every second or so; without one a trigger changes when it fires.
    refetchInterval: ({ state }) => (state.data?.results.some(({ triggerContext: { backfill } }) => backfill && !backfill.paused) ? BACKFILL_MS : refreshMs(LIVE_MS)),
  })

export type Keys = Pick<TriggerState, 'namespace' | 'flowId' | 'triggerId'>

export const keysOf = ({ namespace, flowId, triggerId }: Keys): Keys => ({ namespace, flowId, triggerId })

export const nameOf = ({ namespace, flowId, triggerId }: Keys) => `${namespace}.${flowId}.${triggerId}`

const pathOf = ({ namespace, flowId, triggerId }: Keys) => `/triggers/${part(namespace)}/${part(flowId)}/${part(triggerId)}`

export const setDisabled = (keys: Keys, disabled: boolean) =>
  request<TriggerState>('/triggers', { method: 'PUT', json: { ...keys, disabled } })

export const createBackfill = (keys: Keys, backfill: Backfill) =>
  request<TriggerState>('/triggers', { method: 'PUT', json: { ...keys, backfill } })

interface Plan {
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

export const unlockTrigger = (keys: Keys) => request<TriggerState>(`${pathOf(keys)}/unlock`, { method: 'POST' })

export const restartTrigger = (keys: Keys) => request<TriggerState>(`${pathOf(keys)}/restart`, { method: 'POST' })

export const deleteTrigger = (keys: Keys) => request<void>(pathOf(keys), { method: 'DELETE' })

interface Told {
  reasons: string[]
  nextDates: string[]
}

export const whyQuery = (keys: Keys) => ({
  queryKey: ['triggers', 'why', nameOf(keys)],
  queryFn: () => request<Told>(`${pathOf(keys)}/why`),
})

export const backfillsQuery = (keys: Keys) => ({
  queryKey: ['triggers', 'backfills', nameOf(keys)],
  queryFn: () => request<Page<Backfill>>(`${pathOf(keys)}/backfills`),
})

/** Which triggers are meant by an action on many: those that were ticked, or all that a filter finds. */
export type Many = { keys: readonly Keys[] } | { filter: Query }

interface Counted {
  count: number
}

const onMany = (word: string, method: string, many: Many, more: { disabled?: boolean } = {}) =>
  'keys' in many
    ? request<Counted>(`/triggers/${word}/by-triggers`, { method, json: 'disabled' in more ? { triggers: many.keys, ...more } : many.keys })
    : request<Counted>(`/triggers/${word}/by-query`, { method, query: { ...many.filter, ...more } })

export const setManyDisabled = (many: Many, disabled: boolean) => onMany('set-disabled', 'POST', many, { disabled })
export const unlockMany = (many: Many) => onMany('unlock', 'POST', many)
export const deleteMany = (many: Many) => onMany('delete', 'DELETE', many)
export const changeManyBackfills = (many: Many, action: 'pause' | 'unpause' | 'delete') => onMany(`backfill/${action}`, 'POST', many)

/** How far a backfill has come, from 0 to 1: the part of its dates that is over. */
export function backfillProgress({ start, end, currentDate, progress }: Backfill, now: Date): number {
  if (progress !== undefined) return progress
  const first = Date.parse(start)
  const last = end ? Date.parse(end) : now.getTime()
  if (!currentDate || last <= first) return 0
  return Math.min(1, Math.max(0, (Date.parse(currentDate) - first) / (last - first)))
}
