import { Alert, Select, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { changeRunState, changeState, kill, remove, setLabels, unqueue } from '../../api/acts'
import type { Label, StateName, TaskRun } from '../../api/types'
import { filled, LabelRows } from '../../inputs/LabelRows'
import { rich, t } from '../../language'
import { Dialog } from '../../parts/Dialog'
import { StateBadge } from '../../parts/StateBadge'
import { hasEnded } from '../../parts/states'
import { nameOf } from '../tree'
import { useAct, type DialogProps } from './useAct'

const FINAL: readonly StateName[] = ['SUCCESS', 'WARNING', 'FAILED', 'CANCELLED', 'KILLED']
const FINAL_OF_RUN: readonly StateName[] = ['SUCCESS', 'WARNING', 'FAILED', 'KILLED']

const others = (states: readonly StateName[], current: StateName) => states.filter((state) => state !== current)

interface StateFieldProps {
  states: readonly StateName[]
  value: StateName
  onChange: (state: StateName) => void
}

const StateField = ({ states, value, onChange }: StateFieldProps) => (
  <Select label={t`New state`} data={[...states]} value={value} allowDeselect={false} onChange={(state) => state && onChange(state as StateName)} />
)

/** Shows an execution that is over in another state. */
export function StateDialog(props: DialogProps) {
  const { id, state } = props.execution
  const states = others(FINAL, state.current)
  const [wanted, setWanted] = useState<StateName>(states[0] ?? 'SUCCESS')
  const act = useAct(props, t`It counts as ${wanted} now`, () => changeState(id, wanted))
  return (
    <Dialog title={t`Change the state`} verb={t`Change the state`} onConfirm={() => act.mutate()} onClose={props.onClose} isBusy={act.isPending} error={act.error}>
      <Text size="sm">{rich`It is ${<StateBadge key="state" state={state.current} />}. Nothing runs again; its task runs stay as they are.`}</Text>
      <StateField states={states} value={wanted} onChange={setWanted} />
    </Dialog>
  )
}

/** Takes a task run for ended in another state; the execution goes on from there. */
export function RunStateDialog({ run, ...props }: DialogProps & { run: TaskRun }) {
  const states = others(FINAL_OF_RUN, run.state.current)
  const [wanted, setWanted] = useState<StateName>(states[0] ?? 'SUCCESS')
  const act = useAct(props, t`${nameOf(run)} counts as ${wanted} now`, () => changeRunState(props.execution.id, run.id, wanted))
  return (
    <Dialog title={t`Change the state of ${nameOf(run)}`} verb={t`Change the state`} onConfirm={() => act.mutate()} onClose={props.onClose} isBusy={act.isPending} error={act.error}>
      <Text size="sm">
        {rich`It is ${<StateBadge key="state" state={run.state.current} />}.`}{' '}
        {wanted === 'FAILED' || wanted === 'KILLED' ? t`The execution ends as if it had failed here.` : t`The execution goes on with what comes after it.`}
      </Text>
      <StateField states={states} value={wanted} onChange={setWanted} />
    </Dialog>
  )
}

const QUEUED: readonly { value: StateName; label: string }[] = [
  { value: 'RUNNING', label: t`Run it now, above the limit` },
  { value: 'CANCELLED', label: t`End it as ${'CANCELLED'}` },
  { value: 'FAILED', label: t`End it as ${'FAILED'}` },
]

export function UnqueueDialog(props: DialogProps) {
  const [wanted, setWanted] = useState<StateName>('RUNNING')
  const act = useAct(props, t`It has left the queue`, () => unqueue(props.execution.id, wanted))
  return (
    <Dialog title={t`Take it out of the queue`} verb={t`Unqueue`} onConfirm={() => act.mutate()} onClose={props.onClose} isBusy={act.isPending} error={act.error}>
      <Select label={t`What becomes of it`} data={[...QUEUED]} value={wanted} allowDeselect={false} onChange={(state) => state && setWanted(state as StateName)} />
    </Dialog>
  )
}

const isSystem = ({ key }: Label) => key.startsWith('system.')

/** Adds labels and changes their values; the server takes none away. */
export function LabelsDialog(props: DialogProps) {
  const { id, labels = [] } = props.execution
  const [rows, setRows] = useState<Label[]>(() => labels.filter((label) => !isSystem(label)))
  const act = useAct(props, t`The labels are set`, () => setLabels(id, filled(rows)))
  return (
    <Dialog title={t`Labels`} verb={t`Set labels`} onConfirm={() => act.mutate()} onClose={props.onClose} isBusy={act.isPending} error={act.error}>
      <Text size="sm" c="dimmed">{t`Labels are added and changed. One that is taken off this list stays as it is.`}</Text>
      <LabelRows labels={rows} onChange={setRows} />
    </Dialog>
  )
}

export function KillDialog(props: DialogProps) {
  const [withChildren, setWithChildren] = useState(true)
  const act = useAct(props, t`The end is asked for`, () => kill(props.execution.id, withChildren))
  return (
    <Dialog title={t`Kill this execution`} verb={t`Kill`} isGrave onConfirm={() => act.mutate()} onClose={props.onClose} isBusy={act.isPending} error={act.error}>
      <Text size="sm">{t`Tasks that run are stopped; no more begin.`}</Text>
      <Switch size="xs" label={t`The executions it started as well`} checked={withChildren} onChange={(event) => setWithChildren(event.currentTarget.checked)} />
    </Dialog>
  )
}

const PARTS = [
  { name: 'deleteLogs', label: t`Its log` },
  { name: 'deleteMetrics', label: t`Its metrics` },
  { name: 'deleteStorage', label: t`Its files` },
] as const

export function DeleteDialog({ onDeleted, ...props }: DialogProps & { onDeleted: () => void }) {
  const [parts, setParts] = useState({ deleteLogs: true, deleteMetrics: true, deleteStorage: true })
  const act = useAct({ ...props, onClose: onDeleted }, t`The execution is deleted`, () => remove(props.execution.id, parts))
  return (
    <Dialog title={t`Delete this execution`} verb={t`Delete`} isGrave onConfirm={() => act.mutate()} onClose={props.onClose} isBusy={act.isPending} error={act.error}>
      {!hasEnded(props.execution.state.current) && (
        <Alert color="red" variant="outline">{t`It has not ended: what still runs is left alone and reports to nobody.`}</Alert>
      )}
      <Text size="sm">{t`This cannot be undone. With it goes:`}</Text>
      {PARTS.map(({ name, label }) => (
        <Switch key={name} size="xs" label={label} checked={parts[name]} onChange={(event) => setParts({ ...parts, [name]: event.currentTarget.checked })} />
      ))}
    </Dialog>
  )
}
