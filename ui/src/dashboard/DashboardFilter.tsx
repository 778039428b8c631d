import { Typed } from '../executions/FilterBar'
import { t } from '../language'
import { TimeField } from '../parts/TimeField'
import { LabelChips, LabelField, StatesField } from '../parts/FilterFields'
import { STATES } from '../parts/states'
import { labelsIn, many, one } from '../search'
import { useAddress } from '../useAddress'
import type { Narrowing } from './Dashboard'
import { RANGES } from './ranges'

const STANDARD = 'P7D'

/** What the address narrows the dashboard to; a range it does not know counts as the standard one, a state it does not know as none. */
export function useNarrowing(namespace?: string): Narrowing {
  const [search] = useAddress()
  const range = one(search, 'timeRange')
  const moment = (name: string) => (Number.isNaN(Date.parse(one(search, name))) ? undefined : one(search, name))
  return {
    namespace: namespace ?? one(search, 'namespace'),
    timeRange: RANGES.some(({ value }) => value === range) ? range : STANDARD,
    from: moment('startDate'),
    to: moment('endDate'),
    labels: labelsIn(search),
    states: STATES.filter((state) => many(search, 'state').includes(state)),
  }
}

export function DashboardFilter({ narrowing: { namespace, timeRange, from, to, labels, states }, isOfNamespace = false }: { narrowing: Narrowing; isOfNamespace?: boolean }) {
  const [, change] = useAddress()
  const narrow = (next: string[]) => change({ labels: next })
  return (
    <div className="filter-row" role="search" aria-label={t`Filters`}>
      {!isOfNamespace && <Typed label={t`Namespace`} value={namespace} onSettled={(value) => change({ namespace: value })} isFirst />}
      <StatesField states={states} onChange={(state) => change({ state })} />
      <LabelField labels={labels} onChange={narrow} />
      <LabelChips labels={labels} onChange={narrow} />
      <TimeField ranges={RANGES} time={{ timeRange, from, to }} onChange={(time) => change({ timeRange: time.timeRange, startDate: time.from, endDate: time.to })} />
    </div>
  )
}
