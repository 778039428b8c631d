import { SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { metricsQuery } from '../api/executions'
import { revisionQuery } from '../api/flows'
import type { Execution } from '../api/types'
import { digits } from '../language'
import { Duration } from '../parts/Duration'
import { Labels } from '../parts/Labels'
import { Moment } from '../parts/Moment'
import { readable } from '../parts/durations'
import { StateBadge } from '../parts/StateBadge'
import { ValueTable } from '../parts/ValueTable'
import { hasEnded } from '../parts/states'
import { withSecrets } from '../parts/secrets'
import { Blame } from './Blame'
import { Children, Parent } from './Children'
import { sumsOf } from './sums'
import { nameOf } from './tree'

const MOST_SUMS = 12
const SHOWN_OPEN = 3

export function Overview({ execution }: { execution: Execution }) {
  const { inputs, outputs, variables, trigger, id } = execution
  return (
    <Stack gap="lg">
      {execution.state.current === 'FAILED' && <Blame execution={execution} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <Facts execution={execution} />
        <History execution={execution} />
      </SimpleGrid>
      <Children execution={execution} />
      <Counted execution={execution} />
      {inputs && <Inputs execution={execution} values={inputs} />}
      <ValueTable title="Outputs" values={outputs} executionId={id} />
      <ValueTable title="Variables" values={variables} executionId={id} />
      <ValueTable title="Trigger" values={trigger && { id: trigger.id, type: trigger.type, ...trigger.variables }} executionId={id} />
    </Stack>
  )
}

/** What its tasks counted, rows that were loaded for instance, added up over all runs of a task. */
function Counted({ execution: { id } }: { execution: Execution }) {
  const { data } = useQuery(metricsQuery(id))
  const sums = sumsOf(data?.results ?? [])
  if (!sums.length) return null
  return (
    <section aria-label="Counted">
      <Title order={2} mb="xs">Counted</Title>
      <dl className="facts">
        {sums.slice(0, MOST_SUMS).map(({ taskId, name, value }) => (
          <div key={`${taskId} ${name}`} style={{ display: 'contents' }}>
            <dt>{taskId}</dt>
            <dd><span className="mono">{digits(value)}</span> {name}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** Shown when it is known which of them are secrets: they come as cipher text. */
function Inputs({ execution, values }: { execution: Execution; values: Record<string, unknown> }) {
  const { namespace, flowId, flowRevision, id } = execution
  const { data: flow, isPending } = useQuery(revisionQuery(namespace, flowId, flowRevision))
  if (isPending) return null
  return <ValueTable title="Inputs" values={withSecrets(values, flow?.inputs ?? [])} executionId={id} />
}

function Facts({ execution }: { execution: Execution }) {
  const { namespace, flowId, flowRevision, state, labels, metadata, parentId, trigger, scheduleDate, breakpoints = [] } = execution
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
        {state.endDate && hasEnded(state.current) && <><dt>Ended</dt><dd><Moment at={state.endDate} full /></dd></>}
        <dt>Duration</dt>
        <dd><Duration state={state} /></dd>
        <dt>Task runs</dt>
        <dd>{count}{waiting(execution)}</dd>
        {(metadata?.attemptNumber ?? 1) > 1 && <><dt>Attempt</dt><dd>{metadata?.attemptNumber}</dd></>}
        {scheduleDate && <><dt>Scheduled for</dt><dd><Moment at={scheduleDate} full /></dd></>}
        {trigger && <><dt>Started by</dt><dd>{trigger.id} ({trigger.type.split('.').at(-1)}) <Parent execution={execution} /></dd></>}
        {parentId && <><dt>Replay of</dt><dd><Link className="mono" to={`/executions/${namespace}/${flowId}/${parentId}`}>{parentId}</Link></dd></>}
        {breakpoints.length > 0 && <><dt>Breakpoints</dt><dd>{breakpoints.map((item) => [item.id, item.value].filter(Boolean).join('.')).join(', ')}</dd></>}
        {labels && labels.length > 0 && <><dt>Labels</dt><dd><Labels labels={labels} showsHidden /></dd></>}
      </dl>
    </section>
  )
}

/** What an execution that goes on is waiting for. */
function waiting({ taskRunList = [], state }: Execution): string {
  if (hasEnded(state.current)) return ''
  const open = taskRunList.filter((run) => !hasEnded(run.state.current)).slice(-SHOWN_OPEN)
  return open.length ? `, waiting for ${open.map(nameOf).join(', ')}` : ''
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
