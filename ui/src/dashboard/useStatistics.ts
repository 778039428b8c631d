import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCan } from '../api/capabilities'
import { request } from '../api/client'
import type { DailyStatistic } from '../api/types'
import { refreshMs } from '../settings/preferences'

export interface StatisticFilter {
  namespace?: string
  flowId?: string
  labels?: readonly string[]
  state?: readonly string[]
  startDate?: string
  endDate?: string
}

const LIVE_MS = 30_000

export function useStatistics(filter: StatisticFilter, everyMs = LIVE_MS) {
  const can = useCan('POST /api/v1/stats/executions/daily')
  return useQuery({
    queryKey: ['executions', 'daily', filter],
    queryFn: ({ signal }) => request<DailyStatistic[]>('/stats/executions/daily', { method: 'POST', json: filter, signal }),
    enabled: can,
    placeholderData: keepPreviousData,
    refetchInterval: () => refreshMs(everyMs),
  })
}
