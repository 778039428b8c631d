import { SimpleGrid, Stack } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import { useCan } from '../api/capabilities'
import { request } from '../api/client'
import { executionsQuery } from '../api/executions'
import { ErrorBox } from '../parts/ErrorBox'
import { usePreferences } from '../settings/preferences'
import { ExecutionsBox } from './ExecutionsBox'
import { Failures } from './Failures'
import { Figures } from './Figures'
import { NextRuns } from './NextRuns'
import { SlowestFlows, type SlowFlow } from './SlowestFlows'
import { FAILED, RUNNING, startOf } from './statistics'
import { useStatistics } from './useStatistics'

const StatesOverTime = lazy(() => import('./StatesOverTime'))

export interface Narrowing {
  namespace: string
  timeRange: string
  labels: readonly string[]
}

const SHOWN = 8
const RUNNING_EVERY_MS = 10_000
const REST_EVERY_MS = 30_000
const SLOWEST_EVERY_MS = 60_000

/** What ran, runs, failed and comes, of everything or of one namespace: six requests in half a minute. */
export function Dashboard({ namespace, timeRange, labels }: Narrowing) {
  const { timeZone } = usePreferences()
  // Fixed while the page stays: a moving start would be a new question with each drawing.
  const startDate = useMemo(() => startOf(timeRange, new Date(), timeZone), [timeRange, timeZone])
  const narrowed = { ...(namespace ? { namespace } : {}), labels }
  const filter = { ...narrowed, startDate }
  const statistics = useStatistics(filter, REST_EVERY_MS)
  const list = { ...narrowed, size: SHOWN, sort: 'state.startDate:desc' }
  const running = useQuery({ ...executionsQuery({ ...list, state: RUNNING }), refetchInterval: RUNNING_EVERY_MS })
  const failed = useQuery({ ...executionsQuery({ ...list, state: FAILED, startDate }), refetchInterval: REST_EVERY_MS })
  const canRank = useCan('POST /api/v1/stats/executions/slowest-flows')
  const slowest = useQuery({
    queryKey: ['executions', 'slowest', filter],
    queryFn: ({ signal }) => request<SlowFlow[]>('/stats/executions/slowest-flows', { method: 'POST', query: { size: SHOWN }, json: filter, signal }),
    enabled: canRank,
    placeholderData: keepPreviousData,
    refetchInterval: SLOWEST_EVERY_MS,
  })
  return (
    <Stack gap="md">
      <ErrorBox error={statistics.error ?? running.error ?? failed.error ?? slowest.error} />
      <Figures statistics={statistics.data} running={running.data?.total} filter={filter} />
      <Suspense fallback={<div style={{ height: 180 }} />}>
        <StatesOverTime filter={filter} height={180} data={statistics.data} />
      </Suspense>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ExecutionsBox title="Going on" none="Nothing is running." data={running.data} all={{ ...narrowed, state: RUNNING }} />
        <Failures data={failed.data} all={{ ...narrowed, state: FAILED, startDate }} />
        <NextRuns namespace={namespace} />
        {canRank && <SlowestFlows flows={slowest.data} />}
      </SimpleGrid>
    </Stack>
  )
}
