import { Progress, Table, Title } from '@mantine/core'
import type { Process } from '../api/services'
import { t } from '../language'
import { Empty } from '../parts/Empty'
import { Moment } from '../parts/Moment'

export function Processes({ processes }: { processes: readonly Process[] }) {
  return (
    <section aria-labelledby="processes">
      <Title order={2} id="processes" mb="xs">{t`Processes`}</Title>
      {!processes.length && <Empty what="processes" />}
      {processes.length > 0 && (
        <div className="panel table-scroll" role="region" aria-label={t`Processes`} tabIndex={0}>
          <Table className="list">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t`State`}</Table.Th><Table.Th>{t`Does`}</Table.Th><Table.Th>{t`Worker group`}</Table.Th><Table.Th>{t`Attempts`}</Table.Th>
                <Table.Th>{t`Host`}</Table.Th><Table.Th>{t`Version`}</Table.Th><Table.Th>{t`Since`}</Table.Th><Table.Th>{t`Heard`}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>{processes.map((process) => <Row key={process.id} process={process} />)}</Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  )
}

function Row({ process: { id, state, roles, worker, hostname, pid, version, createdAt, updatedAt } }: { process: Process }) {
  const isLost = state === 'LOST'
  return (
    <Table.Tr>
      <Table.Td><span className="badge" data-state={isLost ? 'FAILED' : 'SUCCESS'}>{isLost ? t`✕ silent` : t`✓ runs`}</span></Table.Td>
      <Table.Td title={id}>{roles.join(', ') || t`commands`}</Table.Td>
      <Table.Td>{worker?.group ?? '–'}</Table.Td>
      <Table.Td>
        {worker ? (
          <span className="health-slots">
            <Progress value={(100 * Math.min(worker.running, worker.slots)) / worker.slots} w={70} aria-label={t`Slots in use in group ${worker.group}`} />
            {t`${worker.running} of ${worker.slots}`}
          </span>
        ) : '–'}
      </Table.Td>
      <Table.Td className="health-host cut" title={t`${hostname}, process ${pid}`}>{t`${hostname}, process ${pid}`}</Table.Td>
      <Table.Td>{version}</Table.Td>
      <Table.Td><span className="only-narrow">{t`since`} </span><Moment at={createdAt} /></Table.Td>
      <Table.Td><span className="only-narrow">{t`heard`} </span><Moment at={updatedAt} /></Table.Td>
    </Table.Tr>
  )
}
