import { useComputedColorScheme } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCan } from '../api/capabilities'
import { request } from '../api/client'
import { Chart } from '../dashboard/Chart'
import { bucketName } from '../dashboard/statistics'
import { t } from '../language'
import { refreshMs } from '../settings/preferences'
import { barsOf, type DailyLevels } from './levels'

interface Props {
  /** What the list below is narrowed to. */
  filter: { q: string; namespace: string; flowId: string; logLevel: string }
  startDate: string
  endDate?: string | undefined
  onLevel: (level: string) => void
}

const HEIGHT = 90
const EVERY_MS = 60_000

/** Lines by time and level; a click on a bar leaves its level and those above. */
export default function LevelsOverTime({ filter, startDate, endDate, onLevel }: Props) {
  const scheme = useComputedColorScheme('light')
  const can = useCan('POST /api/v1/stats/logs/daily')
  const { data } = useQuery({
    queryKey: ['logs', 'daily', filter, startDate, endDate],
    queryFn: ({ signal }) => request<DailyLevels[]>('/stats/logs/daily', { method: 'POST', json: { ...filter, startDate, ...(endDate ? { endDate } : {}) }, signal }),
    enabled: can,
    placeholderData: keepPreviousData,
    refetchInterval: () => refreshMs(EVERY_MS),
  })
  if (!can) return null
  if (!data) return <div style={{ height: HEIGHT }} />
  const series = barsOf(data)
  const total = series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0)
  return (
    <Chart
      names={data.map(({ timestamp, groupBy }) => bucketName(timestamp, groupBy))} series={series} height={HEIGHT} scheme={scheme}
      label={t`Log lines over time by level, ${total} in all`} onOpen={onLevel}
    />
  )
}
