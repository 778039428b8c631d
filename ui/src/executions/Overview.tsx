import { Alert, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { request } from '../api/client'
import type { Execution, LogEntry, TaskRun } from '../api/types'
import { Duration } from '../parts/Duration'
import { Labels } from '../parts/Labels'
import { Moment } from '../parts/Moment'
import { readable } from '../parts/durations'
import { StateBadge } from '../parts/StateBadge'
import { ValueTable } from '../parts/ValueTable'
import { hasEnded } from '../parts/states'
import { addressOf } from './ExecutionsTable'
import { culpritOf, nameOf } from './tree'

export function Overview({ execution }: { execution: Execution }) {
  const { inputs, outputs, variables, trigger, id } = execution
  const runs = execution.taskRunList ?? []
  const culprit = execution.state.current === 'FAILED' ? culpritOf(runs) : undefined
  return (
    <Stack gap="lg">
      {culprit && <Blame execution={execution} run={culprit} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <Facts execution={execution} />
        <History execution={execution} />
      </SimpleGrid>
      <ValueTable title="Inputs" values={inputs} executionId={id} />
      <ValueTable title="Outputs" values={outputs} executionId={id} />
      <ValueTable title="Variables" values={variables} executionId={id} />
      <ValueTable title="Trigger" values={trigger && { id: trigger.id, type: trigger.type, ...trigger.variables }} executionId={id} />
    </Stack>
  )
}

/** The first error of the task that broke the execution; what handlers logged later comes in the log. */
function Blame({ execution, run }: { execution: Execution; run: TaskRun }) {
  const { data } = useQuery({
    queryKey: ['blame', run.id],
    queryFn: () => request<LogEntry[]>(`/logs/${execution.id}`, { query: { minLevel: 'ERROR', taskRunId: run.id } }),
  })
  const attempts = run.attempts?.length ?? 1
  return (
    <Alert color="red" variant="outline" role="alert" title={`${nameOf(run)} failed${attempts > 1 ? ` in attempt ${attempts}` : ''}`}>
      <pre className="block mono">{data?.at(0)?.message ?? 'It left no message.'}</pre>
      <Text size="sm" mt={6}>
        <Link to={`${addressOf(execution)}/logs`} search={{ taskRun: run.id } as never}>
          See its log
        </Link>
      </Text>
    </Alert>
  )
}

function Facts({ execution }: { execution: Execution }) {
  const { namespace, flowId, flowRevision, state, labels, metadata, parentId, trigger, scheduleDate } = execution
  const count = execution.taskRunList?.length ?? 0
  return (
    <section aria-label="Facts">
      <Title order={2} mb="xs">
        Facts
      </Title>
      <dl className="facts">
        <dt>Flow</dt>
        <dd>
          <Link to={`/flows/edit/${namespace}/${flowId}/overview`}>{flowId}</Link>, revision {flowRevision}
        </dd>
        <dt>Namespace</dt>
        <dd>{namespace}</dd>
        <dt>Started</dt>
        <dd><Moment at={state.startDate} full /></dd>
        {state.endDate && <><dt>Ended</dt><dd><Moment at={state.endDate} full /></dd></>}
        <dt>Duration</dt>
        <dd><Duration state={state} /></dd>
        <dt>Task runs</dt>
        <dd>{count}{waiting(execution)}</dd>
        {(metadata?.attemptNumber ?? 1) > 1 && <><dt>Attempt</dt><dd>{metadata?.attemptNumber}</dd></>}
        {scheduleDate && <><dt>Scheduled for</dt><dd><Moment at={scheduleDate} full /></dd></>}
        {trigger && <><dt>Started by</dt><dd>{trigger.id} ({trigger.type.split('.').at(-1)})</dd></>}
        {parentId && <><dt>Replay of</dt><dd className="mono">{parentId}</dd></>}
        {labels && labels.length > 0 && <><dt>Labels</dt><dd><Labels labels={labels} showsHidden /></dd></>}
      </dl>
    </section>
  )
}

/** What an execution that goes on is waiting for. */
function waiting({ taskRunList = [], state }: Execution): string {
  if (hasEnded(state.current)) return ''
  const open = taskRunList.filter((run) => !hasEnded(run.state.current)).map(nameOf)
  return open.length ? `, waiting for ${open.slice(-3).join(', ')}` : ''
}

function History({ execution: { state } }: { execution: Execution }) {
  return (
    <section aria-label="States">
      <Title order={2} mb="xs">
        States
      </Title>
      <dl className="facts">
        {state.histories.map((entry, index) => {
          const before = state.histories[index - 1]
          const since = before ? readable(Date.parse(entry.date) - Date.parse(before.date)) : ''
          return (
            <div key={index} style={{ display: 'contents' }}>
              <dt><StateBadge state={entry.state} /></dt>
              <dd><Moment at={entry.date} full /> {since && <Text span size="xs" c="dimmed">after {since}</Text>}</dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}
