import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { request } from '../api/client'
import type { DailyStatistic, StateName } from '../api/types'
import { percent, t } from '../language'
import { Card } from './Card'
import { amongst, FAILED, GOOD, RUNNING, successRatio, totalsOf } from './statistics'

interface Summary {
  flows: number
  triggers: number
}

interface Props {
  statistics: readonly DailyStatistic[] | undefined
  running: number | undefined
  filter: { namespace?: string; labels: readonly string[]; state: readonly StateName[]; startDate: string; endDate?: string }
}

/** The numbers behind the chart, so that they never contradict it. */
export function Figures({ statistics, running, filter }: Props) {
  const { namespace, labels, state: wanted, startDate, endDate } = filter
  const summary = useQuery({
    queryKey: ['flows', 'summary', namespace],
    queryFn: ({ signal }) => request<Summary>('/stats/summary', { method: 'POST', json: namespace ? { namespace } : {}, signal }),
    placeholderData: keepPreviousData,
  })
  const totals = statistics && totalsOf(statistics)
  const ratio = totals && successRatio(totals)
  const told = ratio === undefined ? '–' : percent(ratio)
  const [good, bad, goesOn] = [amongst(GOOD, wanted), amongst(FAILED, wanted), amongst(RUNNING, wanted)]
  // A group that the filter leaves out leads nowhere: without a state the list would show all.
  const address = (state: readonly StateName[], since?: string) =>
    state.length ? { to: '/executions', search: { state, namespace, labels, ...(since ? { startDate: since, startedBefore: endDate } : {}) } } : undefined
  return (
    <div className="cards">
      <Card name={t`Success`} value={totals && (good.length && bad.length ? told : '–')} />
      <Card name={t`Succeeded`} value={totals?.succeeded} link={address(good, startDate)} state="SUCCESS" />
      <Card name={t`Failed`} value={totals?.failed} link={address(bad, startDate)} state="FAILED" />
      <Card name={t`Going on`} value={running} link={address(goesOn)} state="RUNNING" />
      <Card name={t`Flows`} value={summary.data?.flows} link={{ to: '/flows', search: { namespace } }} />
      <Card name={t`Triggers`} value={summary.data?.triggers} link={{ to: '/admin/triggers', search: { namespace } }} />
    </div>
  )
}
