import { useQuery } from '@tanstack/react-query'
import { useCan } from '../api/capabilities'
import { request } from '../api/client'
import type { DailyStatistic, Execution, Flow, StateName } from '../api/types'
import { bucketName, startOf } from '../dashboard/statistics'
import { refreshMs } from '../settings/preferences'

export interface Day {
  day: string
  count: number
  state: StateName | undefined
}

/** The state that a day is remembered by: the worst that happened. */
const WORST: readonly StateName[] = ['FAILED', 'KILLED', 'WARNING', 'RUNNING', 'PAUSED', 'QUEUED', 'SUCCESS']

export function daysOf(statistics: readonly DailyStatistic[]): Day[] {
  return statistics.map(({ startDate, executionCounts }) => ({
    day: bucketName(startDate, 'day'),
    count: Object.values(executionCounts).reduce((sum, count) => sum + count, 0),
    state: WORST.find((state) => (executionCounts[state] ?? 0) > 0),
  }))
}

export interface History {
  last: ReadonlyMap<string, Execution>
  days: ReadonlyMap<string, Day[]>
}

const SHOWN = 'P13D'
const LIVE_MS = 15_000

export const keyOf = (namespace: string, id: string) => `${namespace}/${id}`

/** What became of the listed flows lately: two questions for the whole list, not some for each row. */
export function useHistory(flows: readonly Flow[]): History {
  const listed = flows.map(({ namespace, id }) => ({ namespace, id }))
  const latest = useQuery({
    queryKey: ['executions', 'latest', listed],
    queryFn: () => request<Execution[]>('/stats/executions/latest/group-by-flow', { method: 'POST', json: { flows: listed } }),
    enabled: useCan('POST /api/v1/stats/executions/latest/group-by-flow') && listed.length > 0,
    refetchInterval: () => refreshMs(LIVE_MS),
  })
  const daily = useQuery({
    queryKey: ['executions', 'by-flow', listed],
    queryFn: () =>
      request<Record<string, Record<string, DailyStatistic[]>>>('/stats/executions/daily/group-by-flow', {
        method: 'POST',
        json: { flows: listed, startDate: startOf(SHOWN, new Date()) },
      }),
    enabled: useCan('POST /api/v1/stats/executions/daily/group-by-flow') && listed.length > 0,
  })
  return {
    last: new Map((latest.data ?? []).map((execution) => [keyOf(execution.namespace, execution.flowId), execution])),
    days: new Map(
      Object.entries(daily.data ?? {}).flatMap(([namespace, ofFlows]) =>
        Object.entries(ofFlows).map(([id, statistics]): [string, Day[]] => [keyOf(namespace, id), daysOf(statistics)]),
      ),
    ),
  }
}
