import { NativeSelect } from '@mantine/core'
import { Typed } from '../executions/FilterBar'
import { LabelChips, LabelField } from '../parts/FilterFields'
import { labelsIn, one } from '../search'
import { useAddress } from '../useAddress'
import type { Narrowing } from './Dashboard'
import { RANGES } from './ranges'

const STANDARD = 'P7D'

/** What the address narrows the dashboard to; a range it does not know counts as the standard one. */
export function useNarrowing(namespace?: string): Narrowing {
  const [search] = useAddress()
  const range = one(search, 'timeRange')
  return {
    namespace: namespace ?? one(search, 'namespace'),
    timeRange: RANGES.some(({ value }) => value === range) ? range : STANDARD,
    labels: labelsIn(search),
  }
}

export function DashboardFilter({ narrowing: { namespace, timeRange, labels }, isOfNamespace = false }: { narrowing: Narrowing; isOfNamespace?: boolean }) {
  const [, change] = useAddress()
  const narrow = (next: string[]) => change({ labels: next })
  return (
    <>
      {!isOfNamespace && <Typed label="Namespace" value={namespace} onSettled={(value) => change({ namespace: value })} isFirst />}
      <LabelField labels={labels} onChange={narrow} />
      <LabelChips labels={labels} onChange={narrow} />
      <NativeSelect size="xs" aria-label="Time" data={RANGES} value={timeRange} onChange={(event) => change({ timeRange: event.currentTarget.value })} />
    </>
  )
}
