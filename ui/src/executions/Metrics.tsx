import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { metricsQuery } from '../api/executions'
import type { Execution } from '../api/types'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { readable } from '../parts/durations'

export function Metrics({ execution }: { execution: Execution }) {
  const { data, error } = useQuery(metricsQuery(execution.id))
  if (error) return <ErrorBox error={error} />
  if (!data) return null
  if (!data.total) return <Empty what="metrics" />
  return (
    <div className="panel table-scroll">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Task</Table.Th>
            <Table.Th>Name</Table.Th>
            <Table.Th ta="right">Value</Table.Th>
            <Table.Th className="only-wide">Tags</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.results.map((metric, index) => (
            <Table.Tr key={index}>
              <Table.Td>{metric.taskId}</Table.Td>
              <Table.Td>{metric.name}</Table.Td>
              <Table.Td ta="right" className="mono">
                {metric.type === 'timer' ? readable(metric.value) : metric.value.toLocaleString('en')}
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
