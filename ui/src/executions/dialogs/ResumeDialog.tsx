import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { resume, resumeFromBreakpoint, resumeInputsQuery } from '../../api/acts'
import { revisionQuery } from '../../api/flows'
import type { InputSpec } from '../../api/types'
import { focusInput, InputForm } from '../../inputs/InputForm'
import { useResumeInputs } from '../../inputs/useInputs'
import { formOf } from '../../inputs/values'
import { t } from '../../language'
import { Dialog } from '../../parts/Dialog'
import { ToMend } from '../../inputs/ToMend'
import { Breakpoints } from './Breakpoints'
import { useAct, type DialogProps } from './useAct'

/** Lets a paused execution go on, with what its Pause asks for. */
export function ResumeDialog(props: DialogProps) {
  const { data, error } = useQuery(resumeInputsQuery(props.execution.id))
  if (data) return <Form {...props} specs={data} />
  return <Dialog title={t`Resume`} verb={t`Resume`} isOff onConfirm={props.onClose} onClose={props.onClose} error={error}>{null}</Dialog>
}

function Form({ specs, ...props }: DialogProps & { specs: readonly InputSpec[] }) {
  const { id } = props.execution
  const inputs = useResumeInputs(id, specs)
  const [notFielded, setNotFielded] = useState<unknown>()
  const act = useAct(props, t`It goes on`, () => resume(id, formOf(inputs.parts)))
  const submit = () => {
    setNotFielded(undefined)
    const wrong = inputs.complain()
    if (wrong) focusInput(wrong)
    else act.mutate(undefined, { onError: (error) => setNotFielded(inputs.refuse(error) ? undefined : error) })
  }
  return (
    <Dialog
      title={t`Resume`} verb={t`Resume`} onConfirm={submit} onClose={props.onClose} isBusy={act.isPending} error={notFielded}
      note={<ToMend errors={inputs.errors} />}
    >
      {specs.length ? <InputForm inputs={inputs} /> : <Text size="sm">{t`It goes on with the next task.`}</Text>}
    </Dialog>
  )
}

/** Lets an execution go on from a breakpoint, up to the next. */
export function BreakpointDialog(props: DialogProps) {
  const { id, namespace, flowId, flowRevision, breakpoints = [] } = props.execution
  const flow = useQuery(revisionQuery(namespace, flowId, flowRevision)).data
  const [next, setNext] = useState(() => breakpoints.map((item) => (item.value === undefined ? item.id : `${item.id}.${item.value}`)))
  const act = useAct(props, t`It goes on`, () => resumeFromBreakpoint(id, next))
  return (
    <Dialog title={t`Go on from the breakpoint`} verb={t`Go on`} onConfirm={() => act.mutate()} onClose={props.onClose} isBusy={act.isPending} error={act.error}>
      <Breakpoints flow={flow} value={next} onChange={setNext} />
    </Dialog>
  )
}
