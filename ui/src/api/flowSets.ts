/** Actions on many flows at once: all of them or none. */

import { queryOptions } from '@tanstack/react-query'
import { request, requestBlob, type Page } from './client'
import type { TriggerRow } from './triggers'
import { refreshMs } from '../settings/preferences'
import type { Flow } from './types'

export interface FlowKey {
  namespace: string
  id: string
}

export const flowKeyOf = ({ namespace, id }: FlowKey): FlowKey => ({ namespace, id })

const byIds = (word: string, method: string, keys: readonly FlowKey[]) => request<{ count: number }>(`/flows/${word}/by-ids`, { method, json: keys })

export const setFlowsDisabled = (keys: readonly FlowKey[], disabled: boolean) => byIds(disabled ? 'disable' : 'enable', 'POST', keys)
export const deleteFlows = (keys: readonly FlowKey[]) => byIds('delete', 'DELETE', keys)
export const exportFlows = (keys: readonly FlowKey[]) => requestBlob('/flows/export/by-ids', { method: 'POST', json: keys })

const MOST_TRIGGERS = 200
const LIVE_MS = 30_000

/** When the listed flows run next by themselves: one question for the whole list. */
export const nextRunsQuery = (flows: readonly Flow[]) => {
  const ids = [...new Set(flows.map(({ id }) => id))]
  return queryOptions({
    queryKey: ['triggers', 'next', ids],
    queryFn: ({ signal }) =>
      request<Page<TriggerRow>>('/triggers/search', {
        query: { 'filters[flowId][IN]': ids.join(','), 'filters[triggerState][EQUALS]': 'ENABLED', size: MOST_TRIGGERS, sort: 'nextExecutionDate:asc' },
        signal,
      }),
    refetchInterval: () => refreshMs(LIVE_MS),
  })
}

/** The earliest next date of each flow, by `namespace/id`; rows come with the earliest first. */
export function nextDates(rows: readonly TriggerRow[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { triggerContext: { namespace, flowId, nextExecutionDate } } of rows) {
    const key = `${namespace}/${flowId}`
    const known = found.get(key)
    if (nextExecutionDate && (known === undefined || nextExecutionDate < known)) found.set(key, nextExecutionDate)
  }
  return found
}
