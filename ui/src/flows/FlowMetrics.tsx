import { Group, NativeSelect, SimpleGrid, Text, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { AGGREGATIONS, aggregateQuery, metricNamesQuery, type Aggregation, type MetricName } from '../api/flowViews'
import type { Flow } from '../api/types'
import { bucketName, startOf } from '../dashboard/statistics'
import { digits, t } from '../language'
import { Bars } from '../parts/Bars'
import { readable } from '../parts/durations'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { one } from '../search'
import { useAddress } from '../useAddress'

const RANGES = [
  { value: 'PT24H', label: t`Last 24 hours` },
  { value: 'P7D', label: t`Last 7 days` },
  { value: 'P30D', label: t`Last 30 days` },
  { value: 'P365D', label: t`Last year` },
]
const NAMES: Record<Aggregation, string> = { sum: t`Sum`, avg: t`Average`, min: t`Least`, max: t`Most` }
const MOST_CARDS = 60

/** Every metric that the flow's tasks have left, each over time. */
export default function FlowMetrics({ flow: { namespace, id } }: { flow: Flow }) {
  const [search, change] = useAddress()
  const timeRange = RANGES.some(({ value }) => value === one(search, 'timeRange')) ? one(search, 'timeRange') : 'P30D'
  const wanted = one(search, 'aggregation')
  const aggregation = (AGGREGATIONS as readonly string[]).includes(wanted) ? (wanted as Aggregation) : 'sum'
  const startDate = useMemo(() => startOf(timeRange, new Date()), [timeRange])
  const [text, setText] = useState('')
  const { data, error } = useQuery(metricNamesQuery(namespace, id))
  if (error) return <ErrorBox error={error} />
  if (!data) return null
  if (!data.length) return <Empty what="metrics" />
  const fitting = data.filter(({ taskId, name }) => `${taskId} ${name}`.toLowerCase().includes(text.toLowerCase()))
  return (
    <>
      <Group gap="xs" mb="sm">
        <TextInput aria-label={t`Search metrics`} placeholder={t`Search metrics`} data-filter value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <NativeSelect
          size="xs" aria-label={t`Aggregation`} value={aggregation} data={AGGREGATIONS.map((value) => ({ value, label: NAMES[value] }))}
          onChange={(event) => change({ aggregation: event.currentTarget.value })}
        />
        <NativeSelect size="xs" aria-label={t`Time`} value={timeRange} data={RANGES} onChange={(event) => change({ timeRange: event.currentTarget.value })} />
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
        {fitting.slice(0, MOST_CARDS).map((metric) => (
          <Card key={`${metric.taskId} ${metric.name}`} namespace={namespace} flowId={id} metric={metric} aggregation={aggregation} startDate={startDate} />
        ))}
      </SimpleGrid>
      {fitting.length > MOST_CARDS && <Text size="sm" c="dimmed" mt="sm">{t`${fitting.length - MOST_CARDS} more: search for a task or a metric.`}</Text>}
      {fitting.length === 0 && <Empty what="metrics" isFiltered onClear={() => setText('')} />}
    </>
  )
}

interface CardProps {
  namespace: string
  flowId: string
  metric: MetricName
  aggregation: Aggregation
  startDate: string
}

/** Tasks measure lengths of time in milliseconds and call them so. */
const told = (name: string, value: number) =>
  /duration/i.test(name) ? readable(value) : digits(value, { maximumFractionDigits: 2 })

const labelOf = (what: string, name: string, last: { text: string; name: string } | undefined) =>
  last ? t`${what} of ${name} over time, ${last.text} on ${last.name}` : t`${what} of ${name} over time, no values`

function Card({ namespace, flowId, metric, aggregation, startDate }: CardProps) {
  const { data, error } = useQuery({ ...aggregateQuery(namespace, flowId, metric, aggregation, startDate), placeholderData: keepPreviousData })
  const bars = (data?.aggregations ?? []).map(({ date, value }) => ({ name: bucketName(date, data?.groupBy), value: value ?? 0, text: told(metric.name, value ?? 0) }))
  const last = bars.findLast(({ value }) => value !== 0)
  return (
    <section className="panel" style={{ padding: '10px 12px' }} aria-label={`${metric.taskId}: ${metric.name}`}>
      <Group justify="space-between" wrap="nowrap" gap="xs" mb={6}>
        <Text size="sm" className="cut" title={`${metric.taskId}: ${metric.name}`}>{metric.taskId} <Text span fw={600} size="sm">{metric.name}</Text></Text>
        <Text size="sm" fw={600} className="mono" style={{ whiteSpace: 'nowrap' }}>{last?.text ?? '–'}</Text>
      </Group>
      <ErrorBox error={error} />
      <Bars bars={bars} label={labelOf(NAMES[aggregation], metric.name, last)} />
      <Group justify="space-between" mt={2}>
        <Text size="xs" c="dimmed">{bars[0]?.name}</Text>
        <Text size="xs" c="dimmed">{bars.at(-1)?.name}</Text>
      </Group>
    </section>
  )
}
