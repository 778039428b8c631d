import { Group, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { executionsQuery } from '../api/executions'
import type { Execution } from '../api/types'
import { digits, t } from '../language'
import { Duration } from '../parts/Duration'
import { StateBadge } from '../parts/StateBadge'
import { addressOf } from './ExecutionsTable'

const SHOWN = 8

/** The executions that one has started: its subflows, the batches of its loops, flows that its end set off. */
export function Children({ execution: { id, state } }: { execution: Execution }) {
  const { data } = useQuery({ ...executionsQuery({ triggerExecutionId: id, size: SHOWN, sort: 'state.startDate:asc' }), refetchInterval: state.endDate ? false : 5000 })
  if (!data?.total) return null
  return (
    <section aria-label={t`Executions it started`}>
      <Group gap="sm" mb="xs" align="baseline">
        <Title order={2}>{t`Executions it started`}</Title>
        {data.total > SHOWN && (
          <Text size="sm">
            <Link to="/executions" search={{ triggerExecutionId: id } as never}>{t`all ${digits(data.total)}`}</Link>
          </Text>
        )}
      </Group>
      <div className="panel table-scroll">
        <Table>
          <Table.Tbody>
            {data.results.map((child) => (
              <Table.Tr key={child.id}>
                <Table.Td w={110}><StateBadge state={child.state.current} /></Table.Td>
                <Table.Td className="mono"><Link to={addressOf(child)}>{child.id.slice(0, 8)}</Link></Table.Td>
                <Table.Td>{child.flowId}</Table.Td>
                <Table.Td className="only-wide">{child.namespace}</Table.Td>
                <Table.Td ta="right"><Duration state={child.state} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  )
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** The execution that started this one, where it was one. */
export function Parent({ execution: { trigger } }: { execution: Execution }) {
  const { executionId, namespace, flowId } = trigger?.variables ?? {}
  const address = [namespace, flowId, executionId].map(text)
  if (!trigger || address.some((item) => item === undefined)) return null
  return <Link className="mono" to={`/executions/${address.join('/')}`}>{flowId as string} {(executionId as string).slice(0, 8)}</Link>
}
