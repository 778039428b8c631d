import { Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { flowsQuery } from '../api/flows'
import type { DailyStatistic } from '../api/types'
import { Card } from './Card'
import { FAILED, GOOD, RUNNING, successRatio, totalsOf } from './statistics'

interface Props {
  statistics: readonly DailyStatistic[] | undefined
  running: number | undefined
  filter: { namespace?: string; labels: readonly string[]; startDate: string }
}

/** The numbers behind the chart, so that they never contradict it. */
export function Figures({ statistics, running, filter }: Props) {
  const { namespace, labels, startDate } = filter
  const flows = useQuery(flowsQuery({ namespace, size: 1 }))
  const totals = statistics && totalsOf(statistics)
  const ratio = totals && successRatio(totals)
  const percent = ratio === undefined ? '–' : `${Math.round(1000 * ratio) / 10} %`
  const address = (state: readonly string[]) => ({ to: '/executions', search: { state, startDate, namespace, labels } })
  return (
    <Group gap="sm" grow preventGrowOverflow={false}>
      <Card name="Success" value={totals && percent} />
      <Card name="Succeeded" value={totals?.succeeded} link={address(GOOD)} state="SUCCESS" />
      <Card name="Failed" value={totals?.failed} link={address(FAILED)} state="FAILED" />
      <Card name="Going on" value={running} link={{ to: '/executions', search: { state: RUNNING, namespace, labels } }} state="RUNNING" />
      <Card name="Flows" value={flows.data?.total} link={{ to: '/flows', search: { namespace } }} />
    </Group>
  )
}
