import { Button, Group, Switch, Table, Text, UnstyledButton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useCan } from '../api/capabilities'
import type { Query } from '../api/client'
import { keysOf, setDisabled, triggersQuery, unlockTrigger, type TriggerRow } from '../api/triggers'
import type { Flow } from '../api/types'
import { standardSize } from '../executions/filters'
import { confirmed } from '../parts/confirmed'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { Moment } from '../parts/Moment'
import { failed } from '../parts/notes'
import { Pager } from '../parts/Pager'
import { positive } from '../search'
import { shortType } from '../topology/graph'
import { useAddress } from '../useAddress'
import { BackfillDialog } from './BackfillDialog'
import { BackfillProgress } from './BackfillProgress'
import { Why } from './Why'

/** Triggers with their dates; rows move by themselves while a backfill runs. */
export function TriggersTable({ query, flow }: { query: Query; flow?: Flow }) {
  const [search, change] = useAddress()
  const [filled, setFilled] = useState<TriggerRow>()
  const [page, size] = [positive(search, 'page', 1), positive(search, 'size', standardSize())]
  const { data, error } = useQuery(triggersQuery({ ...query, page, size }))
  return (
    <>
      <ErrorBox error={error} />
      {data?.total === 0 && <Empty what="triggers" isFiltered={Boolean(query.q)} />}
      {data && data.total > 0 && (
        <>
          <div className="panel table-scroll">
            <Table className="list">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>On</Table.Th>
                  <Table.Th>Trigger</Table.Th>
                  {!flow && <Table.Th>Flow</Table.Th>}
                  <Table.Th>Last</Table.Th>
                  <Table.Th>Next</Table.Th>
                  <Table.Th>Backfill</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.results.map((row) => (
                  <Row key={`${row.triggerContext.namespace}.${row.triggerContext.flowId}.${row.triggerContext.triggerId}`} row={row} showsFlow={!flow} onBackfill={() => setFilled(row)} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
          <Pager page={page} size={size} total={data.total} onChange={(next, rows) => change({ page: next, size: rows })} />
        </>
      )}
      {filled && <BackfillDialog row={filled} onClose={() => setFilled(undefined)} />}
    </>
  )
}

interface RowProps {
  row: TriggerRow
  showsFlow: boolean
  onBackfill: () => void
}

function Row({ row: { abstractTrigger, triggerContext: state }, showsFlow, onBackfill }: RowProps) {
  const cache = useQueryClient()
  const refresh = () => void cache.invalidateQueries({ queryKey: ['triggers'] })
  const toggle = useMutation({ mutationFn: (disabled: boolean) => setDisabled(keysOf(state), disabled), onSuccess: refresh, onError: failed })
  const unlock = useMutation({ mutationFn: () => unlockTrigger(keysOf(state)), onSuccess: refresh, onError: failed })
  const [isAsked, setAsked] = useState(false)
  const canTell = useCan('GET /api/v1/triggers/{}/{}/{}/why')
  const isSchedule = abstractTrigger?.cron !== undefined
  return (
    <Table.Tr>
      <Table.Td>
        <Switch
          size="xs" checked={!state.disabled} disabled={toggle.isPending || abstractTrigger?.disabled === true} aria-label={`Trigger ${state.triggerId} is on`}
          onChange={(event) => toggle.mutate(!event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        {canTell ? (
          <UnstyledButton fz="sm" c="var(--mantine-color-anchor)" onClick={() => setAsked(true)} title="Next dates, and why it did not fire">{state.triggerId}</UnstyledButton>
        ) : state.triggerId}{' '}
        {isAsked && <Why state={state} onClose={() => setAsked(false)} />}
        <Text span size="xs" c="dimmed" title={abstractTrigger?.type}>{abstractTrigger ? shortType(abstractTrigger.type) : 'gone from the flow'}</Text>{' '}
        {abstractTrigger?.cron && <code className="mono">{abstractTrigger.cron}</code>}
      </Table.Td>
      {showsFlow && (
        <Table.Td><Link to={`/flows/edit/${state.namespace}/${state.flowId}/triggers`}>{state.namespace}.{state.flowId}</Link></Table.Td>
      )}
      <Table.Td><Moment at={state.date} /></Table.Td>
      <Table.Td>
        <Moment at={state.nextExecutionDate} />
        {state.executionId && (
          <Group gap={4}>
            <Link className="mono" to={`/executions/${state.namespace}/${state.flowId}/${state.executionId}`}>waits for {state.executionId.slice(0, 8)}</Link>
            <Button size="compact-xs" variant="subtle" onClick={() => confirmed('Unlock? The execution that holds it may then run beside the next one.') && unlock.mutate()}>Unlock</Button>
          </Group>
        )}
      </Table.Td>
      <Table.Td miw={190}>
        {state.backfill ? <BackfillProgress state={state} backfill={state.backfill} /> : isSchedule && (
          <Button size="compact-xs" variant="default" onClick={onBackfill} aria-label={`Backfill ${state.triggerId}`}>Backfill…</Button>
        )}
      </Table.Td>
    </Table.Tr>
  )
}
