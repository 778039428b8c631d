import { Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useCan } from '../api/capabilities'
import { triggerFilters, triggersQuery } from '../api/triggers'
import { t } from '../language'
import { Moment } from '../parts/Moment'
import { relative } from '../parts/durations'
import { useNow } from '../parts/useNow'
import { refreshMs } from '../settings/preferences'
import './dashboard.css'

const SHOWN = 8
const EVERY_MS = 60_000

/** What will start by itself, soonest first; of a flow alone, or of all. */
export function NextRuns({ namespace, flowId }: { namespace: string; flowId?: string }) {
  const can = useCan('GET /api/v1/triggers/search')
  const { data } = useQuery({ ...triggersQuery({ ...triggerFilters({ namespace, ...(flowId ? { flowId } : {}) }), size: SHOWN, sort: 'nextExecutionDate:asc' }), enabled: can, refetchInterval: () => refreshMs(EVERY_MS) })
  const now = useNow(false)
  if (!can) return null
  const rows = (data?.results ?? []).map(({ triggerContext }) => triggerContext).filter((trigger) => trigger.nextExecutionDate && !trigger.disabled)
  return (
    <section className="panel box" aria-label={t`Next scheduled`}>
      <Title order={2} mb={6}>{t`Next scheduled`}</Title>
      {data && rows.length === 0 && <Text size="sm" c="dimmed">{t`Nothing is scheduled.`}</Text>}
      {rows.map((trigger) => (
        <div className="box-row" key={`${trigger.namespace}.${trigger.flowId}.${trigger.triggerId}`}>
          <Moment at={trigger.nextExecutionDate} />
          <Link className="cut" to={`/flows/edit/${trigger.namespace}/${trigger.flowId}/triggers`}>{trigger.flowId}</Link>
          <span>{trigger.triggerId}</span>
          <span>{relative(trigger.nextExecutionDate as string, now)}</span>
        </div>
      ))}
    </section>
  )
}
