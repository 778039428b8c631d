import { Button, Text, UnstyledButton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { deleteTrigger, evaluatedAt, restartTrigger, unlockTrigger, type Keys, type TriggerRow } from '../api/triggers'
import type { TriggerState } from '../api/types'
import { rich, t } from '../language'
import { Cron } from '../parts/Cron'
import { confirmed } from '../parts/confirmed'
import { Moment } from '../parts/Moment'
import { shortType } from '../topology/graph'
import { BackfillProgress } from './BackfillProgress'

export interface CellProps {
  row: TriggerRow
  onAsk: () => void
  onBackfill: () => void
  act: (job: (keys: Keys) => Promise<unknown>) => void
}

/** What a row shows in a column, by the column's id; dates are named where no head does. */
export const CELLS: Readonly<Record<string, (props: CellProps) => ReactNode>> = {
  trigger: (props) => <Name {...props} />,
  flow: ({ row: { triggerContext: { namespace, flowId } } }) => <Link to={`/flows/edit/${namespace}/${flowId}/triggers`}>{namespace}.{flowId}</Link>,
  execution: ({ row: { triggerContext: state } }) => state.executionId && <Execution state={state} id={state.executionId}>{state.executionId.slice(0, 8)}</Execution>,
  worker: ({ row: { triggerContext: { workerId } } }) => workerId && <span className="mono" title={workerId}>{workerId.slice(0, 8)}</span>,
  last: ({ row: { triggerContext: state } }) => <Dated name={t`last`} at={state.lastTriggeredDate ?? evaluatedAt(state)} />,
  evaluated: ({ row: { triggerContext: state } }) => <Dated name={t`evaluated`} at={evaluatedAt(state)} />,
  updated: ({ row: { triggerContext: { updatedDate } } }) => <Dated name={t`changed`} at={updatedDate} />,
  next: (props) => <Next {...props} />,
  lock: ({ row: { triggerContext: { evaluateRunningDate } } }) => <Dated name={t`locked since`} at={evaluateRunningDate} />,
  backfill: (props) => <Backfill {...props} />,
}

const Dated = ({ name, at }: { name: string; at: string | undefined }) => <><span className="only-narrow">{name} </span><Moment at={at} /></>

const Execution = ({ state: { namespace, flowId }, id, children }: { state: TriggerState; id: string; children: ReactNode }) => (
  <Link className="mono" to={`/executions/${namespace}/${flowId}/${id}`} title={id}>{children}</Link>
)

function Name({ row: { abstractTrigger, triggerContext: state }, onAsk, act }: CellProps) {
  return (
    <>
      <UnstyledButton fz="sm" c="var(--mantine-color-anchor)" onClick={onAsk} title={t`Next dates, and why it did not fire`}>{state.triggerId}</UnstyledButton>{' '}
      {abstractTrigger ? <Text span size="xs" c="dimmed" title={abstractTrigger.type}>{shortType(abstractTrigger.type)}</Text> : <Gone id={state.triggerId} act={act} />}{' '}
      {abstractTrigger?.cron && <Cron expression={abstractTrigger.cron} />}
      {state.lastResult === 'FAILED' && <div className="cut triggers-failed" data-state="FAILED" title={state.lastMessage}>✕ {state.lastMessage ?? t`failed`}</div>}
    </>
  )
}

/** Only its state is left: the flow, or the trigger in it, is no more. */
function Gone({ id, act }: { id: string } & Pick<CellProps, 'act'>) {
  return (
    <>
      <span className="badge" data-state="WARNING">{t`gone from the flow`}</span>
      <Button size="compact-xs" variant="subtle" onClick={() => confirmed(t`Delete what is kept of ${id}?`) && act(deleteTrigger)}>{t`Delete`}</Button>
    </>
  )
}

const UNLOCK = t`Unlock? The execution that holds it may then run beside the next one.`
const RESTART = t`Restart the trigger? It forgets its last evaluation and its locks, and begins with the next date from now.`

function Next({ row: { triggerContext: state }, act }: CellProps) {
  return (
    <>
      <Dated name={t`next`} at={state.nextExecutionDate} />
      {state.locked && (
        <div className="triggers-lock">
          {state.executionId ? <Execution state={state} id={state.executionId}>{t`waits for ${state.executionId.slice(0, 8)}`}</Execution> : <span>{rich`evaluated since ${<Moment key="since" at={state.evaluateRunningDate} />}`}</span>}
          <Button size="compact-xs" variant="subtle" onClick={() => confirmed(UNLOCK) && act(unlockTrigger)}>{t`Unlock`}</Button>
          {!state.executionId && <Button size="compact-xs" variant="subtle" onClick={() => confirmed(RESTART) && act(restartTrigger)}>{t`Restart`}</Button>}
        </div>
      )}
    </>
  )
}

function Backfill({ row: { abstractTrigger, triggerContext: state }, onBackfill }: CellProps) {
  const isSchedule = abstractTrigger?.cron !== undefined || abstractTrigger?.type.endsWith('.ScheduleOnDates') === true
  if (state.backfill) return <BackfillProgress state={state} backfill={state.backfill} />
  return isSchedule && <Button size="compact-xs" variant="default" onClick={onBackfill} aria-label={t`Backfill ${state.triggerId}`}>{t`Backfill…`}</Button>
}
