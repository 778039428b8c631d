import { SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { metricsQuery } from '../api/executions'
import { revisionQuery } from '../api/flows'
import type { Execution } from '../api/types'
import { digits, rich, t } from '../language'
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
      <ValueTable title={t`Outputs`} values={outputs} executionId={id} />
      <ValueTable title={t`Variables`} values={variables} executionId={id} />
      <ValueTable title={t`Trigger`} values={trigger && { id: trigger.id, type: trigger.type, ...trigger.variables }} executionId={id} />
    </Stack>
  )
}

/** What its tasks counted, rows that were loaded for instance, added up over all runs of a task. */
function Counted({ execution: { id } }: { execution: Execution }) {
  const { data } = useQuery(metricsQuery(id))
  const sums = sumsOf(data?.results ?? [])
  if (!sums.length) return null
  return (
    <section aria-label={t`Counted`}>
      <Title order={2} mb="xs">{t`Counted`}</Title>
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
  return <ValueTable title={t`Inputs`} values={withSecrets(values, flow?.inputs ?? [])} executionId={id} />
}

function Facts({ execution }: { execution: Execution }) {
  const { namespace, flowId, flowRevision, state, labels, metadata, parentId, trigger, scheduleDate, breakpoints = [] } = execution
  return (
    <section aria-label={t`Facts`}>
      <Title order={2} mb="xs">
        {t`Facts`}
      </Title>
      <dl className="facts">
        <dt>{t`Flow`}</dt>
        <dd>
          {rich`${<Link key="flow" to={`/flows/edit/${namespace}/${flowId}/overview`}>{flowId}</Link>}, revision ${<Link key="revision" to={`/flows/edit/${namespace}/${flowId}/revisions`} search={{ right: String(flowRevision) } as never}>{flowRevision}</Link>}`}
        </dd>
        <dt>{t`Namespace`}</dt>
        <dd>{namespace}</dd>
        <dt>{t`Started`}</dt>
        <dd><Moment at={state.startDate} full /></dd>
        {state.endDate && hasEnded(state.current) && <><dt>{t`Ended`}</dt><dd><Moment at={state.endDate} full /></dd></>}
        <dt>{t`Duration`}</dt>
        <dd><Duration state={state} /></dd>
        <dt>{t`Task runs`}</dt>
        <dd>{runsOf(execution)}</dd>
        {(metadata?.attemptNumber ?? 1) > 1 && <><dt>{t`Attempt`}</dt><dd>{metadata?.attemptNumber}</dd></>}
        {scheduleDate && <><dt>{t`Scheduled for`}</dt><dd><Moment at={scheduleDate} full /></dd></>}
        {trigger && <><dt>{t`Started by`}</dt><dd>{trigger.id} ({trigger.type.split('.').at(-1)}) <Parent execution={execution} /></dd></>}
        {parentId && <><dt>{t`Replay of`}</dt><dd><Link className="mono" to={`/executions/${namespace}/${flowId}/${parentId}`}>{parentId}</Link></dd></>}
        {breakpoints.length > 0 && <><dt>{t`Breakpoints`}</dt><dd>{breakpoints.map((item) => [item.id, item.value].filter(Boolean).join('.')).join(', ')}</dd></>}
        {labels && labels.length > 0 && <><dt>{t`Labels`}</dt><dd><Labels labels={labels} showsHidden /></dd></>}
      </dl>
    </section>
  )
}

/** How many task runs there are, and which of them an execution that goes on is waiting for. */
function runsOf({ taskRunList = [], state }: Execution): string {
  const open = hasEnded(state.current) ? [] : taskRunList.filter((run) => !hasEnded(run.state.current)).slice(-SHOWN_OPEN)
  return open.length ? t`${taskRunList.length}, waiting for ${open.map(nameOf).join(', ')}` : String(taskRunList.length)
}

function History({ execution: { state } }: { execution: Execution }) {
  return (
    <section aria-label={t`States`}>
      <Title order={2} mb="xs">
        {t`States`}
      </Title>
      <dl className="facts">
        {state.histories.map((entry, index) => {
          const before = state.histories[index - 1]
          const since = before ? readable(Date.parse(entry.date) - Date.parse(before.date)) : ''
          return (
            <div key={index} style={{ display: 'contents' }}>
              <dt><StateBadge state={entry.state} /></dt>
              <dd><Moment at={entry.date} full /> {since && <Text span size="xs" c="dimmed">{t`after ${since}`}</Text>}</dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}
