import { Switch, useComputedColorScheme } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { DailyStatistic } from '../api/types'
import { t } from '../language'
import { setPreferences, usePreferences } from '../settings/preferences'
import { Chart } from './Chart'
import { bucketName, bucketOf, meansOf, seriesOf } from './statistics'
import { useStatistics, type StatisticFilter } from './useStatistics'
import './dashboard.css'

interface Props {
  filter: StatisticFilter
  height?: number
  /** What the page has asked for already; else it is asked for here. */
  data?: readonly DailyStatistic[] | undefined
}

/** Executions by day and state, as a strip: the rows below it are what the page is about. */
export default function StatesOverTime(props: Props) {
  return 'data' in props ? <Drawn {...props} /> : <Asked {...props} />
}

function Asked(props: Props) {
  const { data } = useStatistics(props.filter)
  return <Drawn {...props} data={data} />
}

function Drawn({ filter, height = 150, data }: Props) {
  const scheme = useComputedColorScheme('light')
  const navigate = useNavigate()
  const { drawsDurations } = usePreferences()
  if (!data) return <div style={{ height }} />
  const names = data.map(({ startDate, groupBy }) => bucketName(startDate, groupBy))
  const series = seriesOf(data).map(({ state, values }) => ({ name: state, values, marks: { state } }))
  const total = series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0)
  const open = (state: string, index: number) => {
    const { startDate: _, ...others } = filter
    void navigate({ to: '/executions', search: { ...others, state, ...bucketOf(data, index, new Date()) } as never })
  }
  const line = drawsDurations ? { name: t`Mean duration`, milliseconds: meansOf(data) } : undefined
  return (
    <div>
      <Chart names={names} series={series} line={line} height={height} scheme={scheme} label={t`Executions over time by state, ${total} in all`} onOpen={open} />
      <div className="chart-switch"><Switch size="xs" label={t`Mean duration`} checked={drawsDurations} onChange={(event) => setPreferences({ drawsDurations: event.currentTarget.checked })} /></div>
    </div>
  )
}
