import { Group, Select, Table, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { metricsQuery } from '../api/executions'
import type { Execution, Metric, TaskRun } from '../api/types'
import { counted, digits, t } from '../language'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { readable } from '../parts/durations'
import { one } from '../search'
import { useAddress } from '../useAddress'
import { nameOf } from './tree'

const MOST_SHOWN = 200
const NONE: readonly TaskRun[] = []

/** What an execution, or one of its task runs, has measured. */
export function Metrics({ execution: { id, taskRunList } }: { execution: Execution }) {
  const runs = taskRunList ?? NONE
  const [search, change] = useAddress()
  const taskRun = one(search, 'taskRun')
  const { data, error } = useQuery({ ...metricsQuery(id, taskRun || undefined), placeholderData: keepPreviousData })
  const names = useMemo(() => new Map(runs.map((run) => [run.id, nameOf(run)])), [runs])
  const choices = useMemo(() => [{ value: '', label: t`All task runs` }, ...[...names].map(([value, label]) => ({ value, label }))], [names])
  if (error) return <ErrorBox error={error} />
  if (!data) return null
  if (!data.total && !taskRun) return <Empty what="metrics" />
  const values = counted(data.total, 'value')
  return (
    <>
      <Group gap="xs" mb="xs">
        <Select
          size="xs" aria-label={t`Task run`} data={choices} value={taskRun} searchable limit={MOST_SHOWN} allowDeselect={false}
          onChange={(value) => change({ taskRun: value || undefined })}
        />
        <Text size="xs" c="dimmed" role="status">
          {data.results.length < data.total ? t`${values}, the first ${data.results.length} of which are shown` : values}
        </Text>
      </Group>
      {data.total ? <Measured metrics={data.results} names={names} /> : <Text c="dimmed" size="sm">{t`This task run has measured nothing.`}</Text>}
    </>
  )
}

function Measured({ metrics, names }: { metrics: readonly Metric[]; names: ReadonlyMap<string, string> }) {
  return (
    <div className="panel table-scroll">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t`Task`}</Table.Th>
            <Table.Th>{t`Name`}</Table.Th>
            <Table.Th ta="right">{t`Value`}</Table.Th>
            <Table.Th className="only-wide">{t`Tags`}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {metrics.map((metric, index) => (
            <Table.Tr key={index}>
              <Table.Td>{names.get(metric.taskRunId) ?? metric.taskId}</Table.Td>
              <Table.Td>{metric.name}</Table.Td>
              <Table.Td ta="right" className="mono">
                {metric.type === 'timer' ? readable(metric.value) : digits(metric.value)}
              </Table.Td>
              <Table.Td className="only-wide">
                {Object.entries(metric.tags ?? {}).map(([key, value]) => `${key}: ${value}`).join(', ')}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
