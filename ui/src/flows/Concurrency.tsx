import { Button, Group, Progress, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { forceRun, unqueue } from '../api/acts'
import { executionsQuery } from '../api/executions'
import type { Execution, Flow } from '../api/types'
import { addressOf } from '../executions/ExecutionsTable'
import { counted, digits, rich, t } from '../language'
import { Duration } from '../parts/Duration'
import { ErrorBox } from '../parts/ErrorBox'
import { Moment } from '../parts/Moment'
import { done, failed } from '../parts/notes'
import { StateBadge } from '../parts/StateBadge'

/** States in which an execution holds a slot of its flow. */
const HOLDING = ['RUNNING', 'KILLING', 'RESTARTED', 'RETRYING', 'BREAKPOINT']
const SHOWN = 25

interface Limit {
  limit?: number
  behavior?: string
}

/** Who holds the slots of a flow with a limit, and who waits for one. */
export default function Concurrency({ flow }: { flow: Flow }) {
  const { limit, behavior = 'QUEUE' } = (flow.concurrency ?? {}) as Limit
  const of = { namespace: flow.namespace, flowId: flow.id, size: SHOWN, sort: 'state.startDate:asc' }
  const running = useQuery(executionsQuery({ ...of, state: HOLDING }))
  const queued = useQuery(executionsQuery({ ...of, state: 'QUEUED' }))
  if (limit === undefined) {
    const [concurrency, most] = ['concurrency', 'limit'].map((word) => <code key={word} className="mono">{word}</code>)
    const source = <Link key="source" to={`/flows/edit/${flow.namespace}/${flow.id}/editor`}>{t`its source`}</Link>
    return (
      <Text size="sm">
        {rich`This flow has no limit: as many of its executions run at once as are started. A ${concurrency} with a ${most} in ${source} sets one.`}
      </Text>
    )
  }
  const count = running.data?.total ?? 0
  return (
    <Stack gap="lg">
      <section aria-label={t`Slots`}>
        <Group justify="space-between" mb={6}>
          <Text size="sm"><Taken count={count} limit={limit} waiting={queued.data?.total ?? 0} /></Text>
          <Text size="sm" c="dimmed">{t`Above the limit: ${behavior}`}</Text>
        </Group>
        <Progress value={Math.min(100, (count / Math.max(1, limit)) * 100)} aria-label={t`Slots taken`} color={count >= limit ? 'yellow.7' : 'tiercel'} />
      </section>
      <ErrorBox error={running.error ?? queued.error} />
      <Some title={t`Holding a slot`} none={t`None runs.`} executions={running.data?.results} total={running.data?.total} />
      <Some title={t`Waiting`} none={t`None waits.`} executions={queued.data?.results} total={queued.data?.total} isQueued />
    </Stack>
  )
}

/** `2 of 3 slots taken, 5 waiting`. */
function Taken({ count, limit, waiting }: { count: number; limit: number; waiting: number }) {
  const taken = <b key="taken">{count}</b>
  const slots = counted(limit, 'slot')
  return waiting ? rich`${taken} of ${slots} taken, ${digits(waiting)} waiting` : rich`${taken} of ${slots} taken`
}

interface SomeProps {
  title: string
  none: string
  executions: readonly Execution[] | undefined
  total: number | undefined
  isQueued?: boolean
}

function Some({ title, none, executions, total = 0, isQueued = false }: SomeProps) {
  if (!executions) return null
  return (
    <section aria-label={title}>
      <Title order={2} mb="xs">{title}</Title>
      {executions.length === 0 && <Text size="sm" c="dimmed">{none}</Text>}
      {executions.length > 0 && (
        <div className="panel rows">
          {executions.map((execution) => <Row key={execution.id} execution={execution} isQueued={isQueued} />)}
        </div>
      )}
      {total > executions.length && <Text size="sm" c="dimmed" mt={4}>{t`and ${digits(total - executions.length)} more`}</Text>}
    </section>
  )
}

function Row({ execution, isQueued }: { execution: Execution; isQueued: boolean }) {
  const cache = useQueryClient()
  const run = useMutation({
    mutationFn: (isForced: boolean) => (isForced ? forceRun(execution.id) : unqueue(execution.id, 'CANCELLED')),
    onSuccess: (_, isForced) => {
      done(isForced ? t`It runs, above the limit` : t`It has left the queue as CANCELLED`)
      void cache.invalidateQueries({ queryKey: ['executions'] })
    },
    onError: failed,
  })
  const short = execution.id.slice(0, 8)
  return (
    <Group gap="md" px="sm" py={6}>
      <StateBadge state={execution.state.current} />
      <Link className="mono" to={addressOf(execution)} title={execution.id}>{short}</Link>
      <Text size="sm"><Moment at={execution.state.startDate} /></Text>
      <Text size="sm"><Duration state={execution.state} /></Text>
      {isQueued && (
        <Group gap="xs" ml="auto">
          <Button size="compact-xs" variant="default" loading={run.isPending} onClick={() => run.mutate(true)} aria-label={t`Run at once ${short}`}>{t`Run at once`}</Button>
          <Button size="compact-xs" variant="default" loading={run.isPending} onClick={() => run.mutate(false)} aria-label={t`Cancel ${short}`}>{t`Cancel`}</Button>
        </Group>
      )}
    </Group>
  )
}
