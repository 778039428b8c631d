import { NativeSelect } from '@mantine/core'
import type { TimeWindow } from '../api/dashboards'
import { Typed } from '../executions/FilterBar'
import { one } from '../search'
import { useAddress } from '../useAddress'
import { rangeOf, rangesOf } from './spans'
import type { View } from './useRows'

export type Narrowed = Pick<View, 'namespace' | 'flow' | 'timeRange' | 'window'>

/** What the address narrows a dashboard to, within what that allows. */
export function useNarrowed(window: TimeWindow): Narrowed {
  const [search] = useAddress()
  return { window, timeRange: rangeOf(window, one(search, 'timeRange')), namespace: one(search, 'namespace'), flow: one(search, 'flowId') }
}

export function ViewFilter({ namespace, flow, timeRange, window }: Narrowed) {
  const [, change] = useAddress()
  return (
    <>
      <Typed label="Namespace" value={namespace} onSettled={(text) => change({ namespace: text })} isFirst />
      <Typed label="Flow" value={flow} onSettled={(text) => change({ flowId: text })} />
      <NativeSelect size="xs" aria-label="Time" data={rangesOf(window)} value={timeRange} onChange={(event) => change({ timeRange: event.currentTarget.value })} />
    </>
  )
}
