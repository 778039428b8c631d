import { NativeSelect, Select, Switch, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { replay } from '../../api/acts'
import { useCan } from '../../api/capabilities'
import { flowQuery, revisionQuery } from '../../api/flows'
import type { Flow } from '../../api/types'
import { focusInput, InputForm } from '../../inputs/InputForm'
import { useInputs } from '../../inputs/useInputs'
import { formOf, givenBy } from '../../inputs/values'
import { t } from '../../language'
import { Dialog } from '../../parts/Dialog'
import { ErrorBox } from '../../parts/ErrorBox'
import { nameOf } from '../tree'
import { Breakpoints } from './Breakpoints'
import { Changes } from './Changes'
import { useAct, type DialogProps } from './useAct'

interface Props extends DialogProps {
  /** The task run to begin with; the start of the flow by default. */
  from?: string | undefined
}

const MOST_SHOWN = 200

/** Runs an execution once more as a new one: from its start or a task run, on another revision, with other inputs. */
export function ReplayDialog(props: Props) {
  const { namespace, flowId, flowRevision } = props.execution
  const [revision, setRevision] = useState(flowRevision)
  const latest = useQuery(flowQuery(namespace, flowId))
  const flow = useQuery(revisionQuery(namespace, flowId, revision))
  const [from, setFrom] = useState(props.from ?? '')
  const [hasOther, setOther] = useState(false)
  const common = { from, setFrom, hasOther, setOther, revision, setRevision, latest: latest.data?.revision ?? flowRevision }
  if (flow.error) {
    return <Dialog title={t`Replay`} verb={t`Replay`} isOff onConfirm={props.onClose} onClose={props.onClose}><ErrorBox error={flow.error} /></Dialog>
  }
  return flow.data ? <Form key={revision} {...props} {...common} flow={flow.data} /> : null
}

interface FormProps extends DialogProps {
  flow: Flow
  from: string
  setFrom: (from: string) => void
  hasOther: boolean
  setOther: (hasOther: boolean) => void
  revision: number
  setRevision: (revision: number) => void
  latest: number
}

function Form({ execution, onClose, flow, from, setFrom, hasOther, setOther, revision, setRevision, latest }: FormProps) {
  const { namespace, flowId, flowRevision, id } = execution
  const specs = flow.inputs ?? []
  const inputs = useInputs(namespace, flowId, specs, givenBy(specs, execution.inputs))
  const [breakpoints, setBreakpoints] = useState<string[]>([])
  const canChange = useCan('POST /api/v1/executions/{}/replay-with-inputs') && specs.length > 0
  const runs = useMemo(() => (execution.taskRunList ?? []).map((run) => ({ value: run.id, label: nameOf(run) })), [execution.taskRunList])
  const act = useAct({ execution, onClose }, t`The replay has begun`, () =>
    replay(id, {
      taskRunId: from || undefined,
      revision: revision === flowRevision ? undefined : revision,
      breakpoints,
      form: canChange && hasOther ? formOf(inputs.parts) : undefined,
    }),
  )
  const submit = () => {
    const wrong = canChange && hasOther ? inputs.complain() : undefined
    if (wrong) focusInput(wrong)
    else act.mutate(undefined, { onError: (error) => void inputs.refuse(error) })
  }
  return (
    <Dialog title={t`Replay ${flowId}`} verb={t`Replay`} onConfirm={submit} onClose={onClose} isBusy={act.isPending} error={act.error}>
      <Text size="sm" c="dimmed">{t`A new execution begins; this one stays as it is.`}</Text>
      <Select
        label={t`Begin with`} data={[{ value: '', label: t`the first task` }, ...runs]} value={from} searchable limit={MOST_SHOWN} allowDeselect={false}
        onChange={(value) => setFrom(value ?? '')} {...(from ? { description: t`What ran before keeps its outputs.` } : {})}
      />
      <RevisionField label={t`Revision`} of={flowRevision} latest={latest} value={revision} onChange={setRevision} />
      {revision !== flowRevision && <Changes flow={flow} since={flowRevision} />}
      <Breakpoints flow={flow} value={breakpoints} onChange={setBreakpoints} />
      {canChange && <Switch size="xs" label={t`With other inputs`} checked={hasOther} onChange={(event) => setOther(event.currentTarget.checked)} />}
      {canChange && hasOther && <InputForm inputs={inputs} />}
    </Dialog>
  )
}

interface RevisionProps {
  label: string
  of: number
  latest: number
  value: number
  onChange: (revision: number) => void
}

export function RevisionField({ label, of, latest, value, onChange }: RevisionProps) {
  const told = (revision: number) => {
    if (revision === of) return t`${revision} (as before)`
    return revision === latest ? t`${revision} (latest)` : String(revision)
  }
  const all = Array.from({ length: Math.max(of, latest) }, (_, index) => index + 1).toReversed()
  return (
    <NativeSelect
      size="xs" label={label} data={all.map((revision) => ({ value: String(revision), label: told(revision) }))} value={String(value)}
      onChange={(event) => onChange(Number(event.currentTarget.value))}
    />
  )
}
