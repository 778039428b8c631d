import { Group, NativeSelect, SimpleGrid, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import { executionsQuery } from '../api/executions'
import { flowsQuery } from '../api/flows'
import { Typed } from '../executions/FilterBar'
import { ErrorBox } from '../parts/ErrorBox'
import { startOf } from './statistics'
import { PageHead } from '../parts/PageHead'
import { one } from '../search'
import { useAddress } from '../useAddress'
import { Card } from './Card'
import { ExecutionsBox } from './ExecutionsBox'
import { NextRuns } from './NextRuns'

const StatesOverTime = lazy(() => import('./StatesOverTime'))

const RANGES = [
  { value: 'PT24H', label: 'Last 24 hours' },
  { value: 'P7D', label: 'Last 7 days' },
  { value: 'P30D', label: 'Last 30 days' },
]
const RUNNING = ['CREATED', 'RUNNING', 'PAUSED', 'QUEUED', 'RESTARTED', 'KILLING']
const FAILED = ['FAILED', 'KILLED']
const GOOD = ['SUCCESS', 'WARNING', 'CANCELLED']

export default function DashboardPage() {
  const [search, change] = useAddress()
  const timeRange = one(search, 'timeRange') || 'P7D'
  const namespace = one(search, 'namespace')
  // Fixed while the page stays: a moving start would be a new question with each drawing.
  const startDate = useMemo(() => startOf(timeRange, new Date()), [timeRange])
  return (
    <>
      <PageHead title="Dashboard">
        <Typed label="Namespace" value={namespace} onSettled={(value) => change({ namespace: value })} isFirst />
        <NativeSelect size="xs" aria-label="Time" data={RANGES} value={timeRange} onChange={(event) => change({ timeRange: event.currentTarget.value })} />
      </PageHead>
      <Stack gap="md">
        <Figures namespace={namespace} timeRange={timeRange} />
        <Suspense fallback={<div style={{ height: 180 }} />}>
          <StatesOverTime filter={{ ...(namespace ? { namespace } : {}), startDate }} height={180} />
        </Suspense>
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
          <ExecutionsBox title="Going on" none="Nothing is running." query={{ namespace, state: RUNNING, size: 8 }} />
          <ExecutionsBox title="Failed" none="Nothing failed in this time." query={{ namespace, state: FAILED, timeRange, size: 8 }} showsError />
          <NextRuns namespace={namespace} />
          <ExecutionsBox title="Longest" none="Nothing has run in this time." query={{ namespace, timeRange, size: 8, sort: 'state.duration:desc' }} />
        </SimpleGrid>
      </Stack>
    </>
  )
}

function Figures({ namespace, timeRange }: { namespace: string; timeRange: string }) {
  const count = (state: string[]) => ({ namespace, state, timeRange, size: 1 })
  const good = useQuery(executionsQuery(count(GOOD)))
  const bad = useQuery(executionsQuery(count(FAILED)))
  const running = useQuery(executionsQuery({ namespace, state: RUNNING, size: 1 }))
  const flows = useQuery(flowsQuery({ namespace, size: 1 }))
  const [succeeded, failed] = [good.data?.total, bad.data?.total]
  const ended = (succeeded ?? 0) + (failed ?? 0)
  const ratio = ended ? `${Math.round((1000 * (succeeded ?? 0)) / ended) / 10} %` : '–'
  const address = (state: string[]) => ({ to: '/executions', search: { state, timeRange, namespace } })
  return (
    <>
      <ErrorBox error={good.error ?? flows.error} />
      <Group gap="sm" grow preventGrowOverflow={false}>
        <Card name="Success" value={ratio} />
        <Card name="Succeeded" value={succeeded} link={address(GOOD)} state="SUCCESS" />
        <Card name="Failed" value={failed} link={address(FAILED)} state="FAILED" />
        <Card name="Going on" value={running.data?.total} link={{ to: '/executions', search: { state: RUNNING, namespace } }} state="RUNNING" />
        <Card name="Flows" value={flows.data?.total} link={{ to: '/flows', search: { namespace } }} />
      </Group>
    </>
  )
}
