import { SimpleGrid, Stack } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import { useCan } from '../api/capabilities'
import { request } from '../api/client'
import { executionsQuery } from '../api/executions'
import type { Page } from '../api/client'
import type { Execution, StateName } from '../api/types'
import { begun } from '../executions/filters'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { refreshMs, usePreferences } from '../settings/preferences'
import { ByNamespace } from './ByNamespace'
import { ExecutionsBox } from './ExecutionsBox'
import { Failures } from './Failures'
import { Figures } from './Figures'
import { LogLevels } from './LogLevels'
import { NextRuns } from './NextRuns'
import { SlowestFlows, type SlowFlow } from './SlowestFlows'
import { StateRing } from './StateRing'
import { amongst, FAILED, RUNNING, startOf } from './statistics'
import { useStatistics } from './useStatistics'

const StatesOverTime = lazy(() => import('./StatesOverTime'))

export interface Narrowing {
  namespace: string
  timeRange: string
  /** Instead of that range, where there is one of them. */
  from?: string | undefined
  to?: string | undefined
  labels: readonly string[]
  /** States to count and list; all when none is named. */
  states: readonly StateName[]
}

const NONE: Page<Execution> = { results: [], total: 0 }
const SHOWN = 8
const NOT_WANTED = t`The filter by state leaves these out.`
const RUNNING_EVERY_MS = 10_000
const REST_EVERY_MS = 30_000
const SLOWEST_EVERY_MS = 60_000

/** What ran, runs, failed and comes, of everything or of one namespace: eight requests in half a minute. */
export function Dashboard({ namespace, timeRange, from, to, labels, states }: Narrowing) {
  const { timeZone } = usePreferences()
  // Fixed while the page stays: a moving start would be a new question with each drawing.
  const startDate = useMemo(() => from ?? startOf(timeRange, to ? new Date(to) : new Date(), timeZone), [from, to, timeRange, timeZone])
  const time = { startDate, ...(to ? { startedBefore: to } : {}) }
  const narrowed = { ...(namespace ? { namespace } : {}), labels }
  const filter = { ...narrowed, state: states, startDate, ...(to ? { endDate: to } : {}) }
  const statistics = useStatistics(filter, REST_EVERY_MS)
  const list = { ...narrowed, size: SHOWN, sort: 'state.startDate:desc' }
  const [goesOn, hasFailed] = [amongst(RUNNING, states), amongst(FAILED, states)]
  const running = useQuery({ ...executionsQuery({ ...list, state: goesOn }), enabled: goesOn.length > 0, refetchInterval: () => refreshMs(RUNNING_EVERY_MS) })
  const failed = useQuery({ ...executionsQuery({ ...list, state: hasFailed, startDate, ...begun(time) }), enabled: hasFailed.length > 0, refetchInterval: () => refreshMs(REST_EVERY_MS) })
  // Of no state there is nothing to ask for; an empty list would ask for every state.
  const [inProgress, failures] = [goesOn.length ? running.data : NONE, hasFailed.length ? failed.data : NONE]
  const canRank = useCan('POST /api/v1/stats/executions/slowest-flows')
  const slowest = useQuery({
    queryKey: ['executions', 'slowest', filter],
    queryFn: ({ signal }) => request<SlowFlow[]>('/stats/executions/slowest-flows', { method: 'POST', query: { size: SHOWN }, json: filter, signal }),
    enabled: canRank,
    placeholderData: keepPreviousData,
    refetchInterval: () => refreshMs(SLOWEST_EVERY_MS),
  })
  return (
    <Stack gap="md">
      <ErrorBox error={statistics.error ?? running.error ?? failed.error ?? slowest.error} />
      <Figures statistics={statistics.data} running={inProgress?.total} filter={filter} />
      <Suspense fallback={<div style={{ height: 180 }} />}>
        <StatesOverTime filter={filter} height={180} data={statistics.data} />
      </Suspense>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ExecutionsBox title={t`Going on`} none={goesOn.length ? t`Nothing is running.` : NOT_WANTED} data={inProgress} all={{ ...narrowed, state: goesOn }} />
        <Failures none={hasFailed.length ? t`Nothing failed in this time.` : NOT_WANTED} data={failures} all={{ ...narrowed, state: hasFailed, ...time }} />
        <NextRuns namespace={namespace} />
        {canRank && <SlowestFlows flows={slowest.data} />}
        <StateRing statistics={statistics.data} link={{ ...narrowed, ...time }} />
        <ByNamespace filter={filter} link={{ labels, state: states, ...time }} />
      </SimpleGrid>
      <LogLevels namespace={namespace} startDate={startDate} endDate={to} />
    </Stack>
  )
}
