import { Button, Checkbox, Switch, Table, Text, UnstyledButton } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { evaluatedAt, keysOf, setDisabled, unlockTrigger, type TriggerRow } from '../api/triggers'
import { rich, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { Moment } from '../parts/Moment'
import { failed } from '../parts/notes'
import { shortType } from '../topology/graph'
import { BackfillProgress } from './BackfillProgress'

interface Props {
  row: TriggerRow
  showsFlow: boolean
  isTicked: boolean
  isMarked: boolean
  onTick: (isOn: boolean) => void
  onAsk: () => void
  onBackfill: () => void
}

export function Row({ row: { abstractTrigger, triggerContext: state }, showsFlow, isTicked, isMarked, onTick, onAsk, onBackfill }: Props) {
  const cache = useQueryClient()
  const refresh = () => void cache.invalidateQueries({ queryKey: ['triggers'] })
  const toggle = useMutation({ mutationFn: (disabled: boolean) => setDisabled(keysOf(state), disabled), onSuccess: refresh, onError: failed })
  const unlock = useMutation({ mutationFn: () => unlockTrigger(keysOf(state)), onSuccess: refresh, onError: failed })
  const isSchedule = abstractTrigger?.cron !== undefined || abstractTrigger?.type.endsWith('.ScheduleOnDates') === true
  return (
    <Table.Tr data-selected={isMarked || isTicked || undefined}>
      <Table.Td><Checkbox size="xs" aria-label={t`Select ${state.triggerId}`} checked={isTicked} onChange={(event) => onTick(event.currentTarget.checked)} /></Table.Td>
      <Table.Td>
        <Switch
          size="xs" checked={!state.disabled} disabled={toggle.isPending || abstractTrigger?.disabled === true} aria-label={t`Trigger ${state.triggerId} is on`}
          onChange={(event) => toggle.mutate(!event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        <UnstyledButton fz="sm" c="var(--mantine-color-anchor)" onClick={onAsk} title={t`Next dates, and why it did not fire`}>{state.triggerId}</UnstyledButton>{' '}
        <Text span size="xs" c="dimmed" title={abstractTrigger?.type}>{abstractTrigger ? shortType(abstractTrigger.type) : t`gone from the flow`}</Text>{' '}
        {abstractTrigger?.cron && <code className="mono">{abstractTrigger.cron}</code>}
        {state.lastResult === 'FAILED' && <div className="cut" data-state="FAILED" style={{ color: 'var(--state)', maxWidth: 360, fontSize: 12 }} title={state.lastMessage}>✕ {state.lastMessage ?? t`failed`}</div>}
      </Table.Td>
      {showsFlow && (
        <Table.Td><Link to={`/flows/edit/${state.namespace}/${state.flowId}/triggers`}>{state.namespace}.{state.flowId}</Link></Table.Td>
      )}
      <Table.Td><span className="only-narrow">{t`last`} </span><Moment at={state.lastTriggeredDate ?? evaluatedAt(state)} /></Table.Td>
      <Table.Td>
        <span className="only-narrow">{t`next`} </span><Moment at={state.nextExecutionDate} />
        {state.locked && (
          <div className="triggers-lock">
            {state.executionId ? (
              <Link className="mono" to={`/executions/${state.namespace}/${state.flowId}/${state.executionId}`}>{t`waits for ${state.executionId.slice(0, 8)}`}</Link>
            ) : <span>{rich`evaluated since ${<Moment key="since" at={state.evaluateRunningDate} />}`}</span>}
            <Button size="compact-xs" variant="subtle" onClick={() => confirmed(t`Unlock? The execution that holds it may then run beside the next one.`) && unlock.mutate()}>{t`Unlock`}</Button>
          </div>
        )}
      </Table.Td>
      <Table.Td miw={190}>
        {state.backfill ? <BackfillProgress state={state} backfill={state.backfill} /> : isSchedule && (
          <Button size="compact-xs" variant="default" onClick={onBackfill} aria-label={t`Backfill ${state.triggerId}`}>{t`Backfill…`}</Button>
        )}
      </Table.Td>
    </Table.Tr>
  )
}
