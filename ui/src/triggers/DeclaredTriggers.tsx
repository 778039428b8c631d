import { Table } from '@mantine/core'
import type { Flow } from '../api/types'
import { Empty } from '../parts/Empty'
import { shortType } from '../topology/graph'

/** The triggers as the flow declares them. */
export function DeclaredTriggers({ flow: { triggers = [] } }: { flow: Flow }) {
  if (!triggers.length) return <Empty what="triggers" />
  return (
    <div className="panel table-scroll">
      <Table>
        <Table.Thead><Table.Tr><Table.Th>Id</Table.Th><Table.Th>Type</Table.Th><Table.Th>Cron</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {triggers.map(({ id, type, cron }) => (
            <Table.Tr key={id}><Table.Td>{id}</Table.Td><Table.Td title={type}>{shortType(type)}</Table.Td><Table.Td className="mono">{cron}</Table.Td></Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
