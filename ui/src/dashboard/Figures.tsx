import { useQuery } from '@tanstack/react-query'
import { flowsQuery } from '../api/flows'
import type { DailyStatistic, StateName } from '../api/types'
import { t } from '../language'
import { Card } from './Card'
import { amongst, FAILED, GOOD, RUNNING, successRatio, totalsOf } from './statistics'

interface Props {
  statistics: readonly DailyStatistic[] | undefined
  running: number | undefined
  filter: { namespace?: string; labels: readonly string[]; state: readonly StateName[]; startDate: string }
}

/** The numbers behind the chart, so that they never contradict it. */
export function Figures({ statistics, running, filter }: Props) {
  const { namespace, labels, state: wanted, startDate } = filter
  const flows = useQuery(flowsQuery({ namespace, size: 1 }))
  const totals = statistics && totalsOf(statistics)
  const ratio = totals && successRatio(totals)
  const percent = ratio === undefined ? '–' : `${Math.round(1000 * ratio) / 10} %`
  const [good, bad, goesOn] = [amongst(GOOD, wanted), amongst(FAILED, wanted), amongst(RUNNING, wanted)]
  // A group that the filter leaves out leads nowhere: without a state the list would show all.
  const address = (state: readonly StateName[], since?: string) =>
    state.length ? { to: '/executions', search: { state, namespace, labels, ...(since ? { startDate: since } : {}) } } : undefined
  return (
    <div className="cards">
      <Card name={t`Success`} value={totals && (good.length && bad.length ? percent : '–')} />
      <Card name={t`Succeeded`} value={totals?.succeeded} link={address(good, startDate)} state="SUCCESS" />
      <Card name={t`Failed`} value={totals?.failed} link={address(bad, startDate)} state="FAILED" />
      <Card name={t`Going on`} value={running} link={address(goesOn)} state="RUNNING" />
      <Card name={t`Flows`} value={flows.data?.total} link={{ to: '/flows', search: { namespace } }} />
    </div>
  )
}
