import { SimpleGrid, Stack, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { servicesQuery, type Services } from '../api/services'
import { counted, digits, rich, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { bytes } from '../parts/FileLink'
import { Moment } from '../parts/Moment'
import { PageHead } from '../parts/PageHead'
import { Problems } from './Problems'
import { Processes } from './Processes'
import { Usage } from './Usage'
import './health.css'

/** Whether everything runs, and what to do where it does not. */
export default function HealthPage() {
  const { data, error } = useQuery(servicesQuery)
  const isWell = data && !data.problems.length && !error
  return (
    <>
      <PageHead title={t`Health`} badge={data && <span className="badge" data-state={isWell ? 'SUCCESS' : 'FAILED'} role="status">{isWell ? t`✓ All is well` : `! ${data.problems.length || t`No answer`}`}</span>} />
      <ErrorBox error={error} />
      {!data && !error && <p aria-busy>{t`Looking …`}</p>}
      {data && (
        <Stack gap="md">
          <Problems problems={data.problems} />
          <Processes processes={data.results} />
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            <Queues queues={data.queues} />
            <Servers {...data} />
          </SimpleGrid>
          <Usage />
        </Stack>
      )}
    </>
  )
}

function Queues({ queues: { jobs, inbox, logs } }: Pick<Services, 'queues'>) {
  return (
    <section className="panel health-box" aria-labelledby="waits">
      <Title order={2} id="waits" mb="xs">{t`What waits`}</Title>
      <dl className="facts">
        <dt>{t`Jobs for a worker`}</dt>
        <dd>
          {jobs === undefined ? t`not known` : !jobs.length ? t`none` : jobs.map(({ group, count, oldest }) => (
            <div key={group}>{rich`${digits(count)} of group ${group}, since ${<Moment key="since" at={oldest} />}`}</div>
          ))}
        </dd>
        <dt>{t`News for an executor`}</dt>
        <dd>{inbox === undefined ? t`not known` : inbox.count ? rich`${digits(inbox.count)}, since ${<Moment key="since" at={inbox.oldest} />}` : t`none`}</dd>
        <dt>{t`Messages for an indexer`}</dt>
        <dd>{logs === undefined ? t`not known` : logs.count ? digits(logs.count) : t`none`}</dd>
      </dl>
    </section>
  )
}

function Servers({ servers, disk }: Pick<Services, 'servers' | 'disk'>) {
  return (
    <section className="panel health-box" aria-labelledby="servers">
      <Title order={2} id="servers" mb="xs">{t`Servers`}</Title>
      <dl className="facts">
        {servers.map(({ name, status, error, version, place, size, connections, mostConnections, messages }) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>
              <span className="badge" data-state={status === 'UP' ? 'SUCCESS' : 'FAILED'}>{status === 'UP' ? t`✓ up` : t`✕ down`}</span>{' '}
              {status === 'DOWN' ? error : [
                version, place, size !== undefined && bytes(size),
                connections !== undefined && t`${connections} of ${mostConnections ?? 0} connections`,
                messages !== undefined && counted(messages, 'message', 'messages'),
              ].filter(Boolean).join(' · ')}
            </dd>
          </div>
        ))}
        <dt>{t`Disk`}</dt>
        <dd>{t`${bytes(disk.free)} of ${bytes(disk.total)} free`} · <span className="mono">{disk.folder}</span></dd>
      </dl>
    </section>
  )
}
