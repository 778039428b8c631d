import { SimpleGrid, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useCan } from '../api/capabilities'
import { request } from '../api/client'
import type { DailyStatistic } from '../api/types'
import { Card } from '../dashboard/Card'
import { t } from '../language'
import { readable } from '../parts/durations'
import { usageOf, type Usages } from './usageOf'

const SPAN_MS = 48 * 3_600_000
const FRESH_MS = 60_000

/** How much is stored here, and how much ran in the last two days; each figure leads to what it counts. */
export function Usage() {
  const [since] = useState(() => new Date(Date.now() - SPAN_MS).toISOString())
  const stored = useQuery({
    queryKey: ['usages'], queryFn: ({ signal }) => request<Usages>('/usages/all', { signal }), enabled: useCan('GET /api/v1/usages/all'), staleTime: FRESH_MS,
  })
  const ran = useQuery({
    queryKey: ['executions', 'usage', since],
    queryFn: ({ signal }) => request<DailyStatistic[]>('/stats/executions/daily', { method: 'POST', json: { startDate: since }, signal }),
    enabled: useCan('POST /api/v1/stats/executions/daily'),
    staleTime: FRESH_MS,
  })
  const { namespaces, flows, tasks, triggers, executions, durationMs } = usageOf(stored.data, ran.data)
  const lately = { to: '/executions', search: { startDate: since } }
  return (
    <section className="panel health-box" aria-labelledby="usage">
      <Title order={2} id="usage" mb="xs">{t`What is here, and what ran in the last 48 hours`}</Title>
      <SimpleGrid cols={{ base: 2, xs: 3, md: 6 }} spacing="sm">
        <Card name={t`Namespaces`} value={namespaces} link={{ to: '/namespaces', search: {} }} />
        <Card name={t`Flows`} value={flows} link={{ to: '/flows', search: {} }} />
        <Card name={t`Tasks`} value={tasks} link={{ to: '/flows/search', search: {} }} />
        <Card name={t`Triggers`} value={triggers} link={{ to: '/admin/triggers', search: {} }} />
        <Card name={t`Executions`} value={executions} link={lately} />
        <Card name={t`Duration`} value={durationMs === undefined ? undefined : readable(durationMs)} link={lately} />
      </SimpleGrid>
    </section>
  )
}
