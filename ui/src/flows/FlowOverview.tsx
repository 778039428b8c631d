import { Button, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import { executionsQuery } from '../api/executions'
import type { Flow } from '../api/types'
import { NextRuns } from '../dashboard/NextRuns'
import { startOf } from '../dashboard/statistics'
import { StateRing } from '../dashboard/StateRing'
import { useStatistics } from '../dashboard/useStatistics'
import { addressOf } from '../executions/ExecutionsTable'
import { t } from '../language'
import { Cron } from '../parts/Cron'
import { Duration } from '../parts/Duration'
import { Labels } from '../parts/Labels'
import { Markdown } from '../parts/Markdown'
import { Moment } from '../parts/Moment'
import { StateBadge } from '../parts/StateBadge'
import { textOf } from '../parts/ValueTable'
import { shortType } from '../topology/graph'

const StatesOverTime = lazy(() => import('../dashboard/StatesOverTime'))

interface Props {
  flow: Flow
  /** Opens the dialog that starts it. */
  onExecute: () => void
}

export function FlowOverview({ flow, onExecute }: Props) {
  const { namespace, id: flowId } = flow
  const startDate = useMemo(() => startOf('P30D', new Date()), [])
  const filter = { namespace, flowId, startDate }
  const { data } = useStatistics(filter)
  return (
    <Stack gap="lg">
      {flow.description && <section aria-label={t`Description`}><Markdown text={flow.description} /></section>}
      <Suspense fallback={<div style={{ height: 150 }} />}>
        <StatesOverTime filter={filter} data={data} />
      </Suspense>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <Facts flow={flow} />
        <Latest flow={flow} onExecute={onExecute} />
        <StateRing statistics={data} link={filter} />
        <NextRuns namespace={namespace} flowId={flowId} />
      </SimpleGrid>
      <InputsOf flow={flow} />
    </Stack>
  )
}

function Facts({ flow }: { flow: Flow }) {
  const { triggers = [], labels = [], concurrency } = flow
  return (
    <section aria-label={t`Facts`}>
      <Title order={2} mb="xs">{t`Facts`}</Title>
      <dl className="facts">
        <dt>{t`Namespace`}</dt>
        <dd>{flow.namespace}</dd>
        <dt>{t`Revision`}</dt>
        <dd>{flow.revision}</dd>
        <dt>{t`Tasks`}</dt>
        <dd>{t`${flow.tasks?.length ?? 0} at the top level`}</dd>
        {labels.length > 0 && <><dt>{t`Labels`}</dt><dd><Labels labels={labels} showsHidden /></dd></>}
        {triggers.map((trigger) => (
          <div key={trigger.id} style={{ display: 'contents' }}>
            <dt>{t`Trigger`}</dt>
            <dd>{trigger.id}: {shortType(trigger.type)} {trigger.cron && <Cron expression={trigger.cron} />}</dd>
          </div>
        ))}
        {concurrency !== undefined && <><dt>{t`Concurrency`}</dt><dd className="mono">{textOf(concurrency)}</dd></>}
      </dl>
    </section>
  )
}

function Latest({ flow, onExecute }: Props) {
  const { data } = useQuery(executionsQuery({ namespace: flow.namespace, flowId: flow.id, size: 5, sort: 'state.startDate:desc' }))
  return (
    <section aria-label={t`Latest executions`}>
      <Title order={2} mb="xs">{t`Latest executions`}</Title>
      {data?.total === 0 && (
        <Stack gap="xs" align="flex-start">
          <Text c="dimmed" size="sm">{t`It has not run yet.`}</Text>
          {!flow.disabled && <Button size="sm" variant="default" onClick={onExecute}>{t`Execute it now`}</Button>}
        </Stack>
      )}
      {data && data.total > 0 && (
        <Table>
          <Table.Tbody>
            {data.results.map((execution) => (
              <Table.Tr key={execution.id}>
                <Table.Td><StateBadge state={execution.state.current} /></Table.Td>
                <Table.Td className="mono"><Link to={addressOf(execution)}>{execution.id.slice(0, 8)}</Link></Table.Td>
                <Table.Td><Moment at={execution.state.startDate} /></Table.Td>
                <Table.Td ta="right"><Duration state={execution.state} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </section>
  )
}

function InputsOf({ flow: { inputs = [] } }: { flow: Flow }) {
  if (!inputs.length) return null
  return (
    <section aria-label={t`Inputs`}>
      <Title order={2} mb="xs">{t`Inputs`}</Title>
      <div className="panel table-scroll">
        <Table>
          <Table.Thead>
            <Table.Tr><Table.Th>{t`Id`}</Table.Th><Table.Th>{t`Type`}</Table.Th><Table.Th>{t`Default`}</Table.Th><Table.Th className="only-wide">{t`Description`}</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {inputs.map((spec) => (
              <Table.Tr key={spec.id}>
                <Table.Td>{spec.id}{spec.required !== false && spec.defaults === undefined ? ' *' : ''}</Table.Td>
                <Table.Td>{spec.type}</Table.Td>
                <Table.Td className="mono">{textOf(spec.defaults)}</Table.Td>
                <Table.Td className="only-wide" style={{ whiteSpace: 'normal' }}>{spec.displayName} {spec.description && <Markdown text={spec.description} isInline />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  )
}
