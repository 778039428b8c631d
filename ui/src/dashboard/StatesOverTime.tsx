import { useComputedColorScheme } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCan } from '../api/capabilities'
import { request } from '../api/client'
import type { DailyStatistic } from '../api/types'
import { Chart } from './Chart'
import { bucketName, seriesOf } from './statistics'

export interface StatisticFilter {
  namespace?: string
  flowId?: string
  startDate?: string
}

export function useStatistics(filter: StatisticFilter) {
  const can = useCan('POST /api/v1/stats/executions/daily')
  return useQuery({
    queryKey: ['executions', 'daily', filter],
    queryFn: ({ signal }) => request<DailyStatistic[]>('/stats/executions/daily', { method: 'POST', json: filter, signal }),
    enabled: can,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  })
}

/** Executions by day and state, as a strip: the rows below it are what the page is about. */
export default function StatesOverTime({ filter, height = 150 }: { filter: StatisticFilter; height?: number }) {
  const scheme = useComputedColorScheme('light')
  const { data } = useStatistics(filter)
  if (!data) return null
  const names = data.map(({ startDate, groupBy }) => bucketName(startDate, groupBy))
  const series = seriesOf(data)
  const total = series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0)
  return <Chart names={names} series={series} height={height} scheme={scheme} label={`Executions over time by state, ${total} in all`} />
}
