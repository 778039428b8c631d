import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { startExecution } from '../api/executions'
import { PAGES, serverAddress } from '../api/root'
import type { Flow, Label } from '../api/types'
import { addressOf } from '../executions/ExecutionsTable'
import { Breakpoints } from '../executions/dialogs/Breakpoints'
import { ToMend } from '../inputs/ToMend'
import { filled, LabelRows } from '../inputs/LabelRows'
import { focusInput, InputForm } from '../inputs/InputForm'
import { useInputs } from '../inputs/useInputs'
import { cliOf, curlOf, formOf } from '../inputs/values'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { useFocusBack } from '../parts/useFocusBack'
import { Copy } from '../parts/ValueTable'
import { usePreferences } from '../settings/preferences'
import { momentOfField, zoneName } from '../settings/zones'

interface Props {
  flow: Flow
  onClose: () => void
  given?: Record<string, unknown>
}

export function ExecuteDialog({ flow, onClose, given }: Props) {
  useFocusBack()
  const { namespace, id: flowId } = flow
  const { executionTab, opensAside, timeZone } = usePreferences()
  const inputs = useInputs(namespace, flowId, flow.inputs ?? [], given)
  const [labels, setLabels] = useState<Label[]>([])
  const [scheduleDate, setScheduleDate] = useState('')
  const [breakpoints, setBreakpoints] = useState<string[]>([])
  const [notFielded, setNotFielded] = useState<unknown>()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const start = useMutation({
    mutationFn: () =>
      startExecution({
        namespace, flowId, form: formOf(inputs.parts), labels: filled(labels), breakpoints,
        scheduleDate: momentOfField(scheduleDate, timeZone)?.toISOString(),
      }),
    onSuccess: (execution) => {
      void cache.invalidateQueries({ queryKey: ['executions'] })
      onClose()
      const to = `${addressOf(execution)}/${executionTab}`
      if (opensAside) window.open(`${PAGES}${to}`, '_blank', 'noopener')
      else void navigate({ to })
    },
    onError: (error) => setNotFielded(inputs.refuse(error) ? undefined : error),
  })
  const submit = () => {
    setNotFielded(undefined)
    const wrong = inputs.complain()
    if (wrong) focusInput(wrong)
    else start.mutate()
  }
  useHotkeys([['mod+Enter', submit]], [])
  const call = { namespace, flowId, specs: inputs.specs, parts: inputs.parts, labels: filled(labels) }
  return (
    <Modal opened onClose={onClose} title={<Text fw={600} style={{ overflowWrap: 'anywhere' }}>{t`Execute ${flowId}`}</Text>} size="lg">
      {flow.disabled && <Alert color="yellow" mb="sm">{t`This flow is disabled.`}</Alert>}
      {inputs.specs.length ? <InputForm inputs={inputs} /> : <Text c="dimmed" size="sm">{t`This flow has no inputs.`}</Text>}
      <details style={{ marginTop: 14 }}>
        <summary>{t`Labels, breakpoints and date`}</summary>
        <Stack gap="sm" mt={6}>
          <LabelRows labels={labels} onChange={setLabels} />
          <Breakpoints flow={flow} value={breakpoints} onChange={setBreakpoints} />
          <TextInput type="datetime-local" label={t`Start at (${zoneName(timeZone)})`} value={scheduleDate} onChange={(event) => setScheduleDate(event.currentTarget.value)} />
        </Stack>
      </details>
      <details style={{ marginTop: 8 }}>
        <summary>{t`As a command`}</summary>
        <Command name="curl" text={curlOf({ ...call, origin: serverAddress() })} />
        <Command name="CLI" text={cliOf(call)} />
      </details>
      <div style={{ marginTop: 12 }}><ErrorBox error={notFielded} /></div>
      <Group justify="flex-end" gap="sm" className="dialog-foot">
        <ToMend errors={inputs.errors} />
        <Button variant="default" onClick={onClose}>{t`Cancel`}</Button>
        <Button onClick={submit} loading={start.isPending} disabled={flow.disabled ?? false}>{t`Execute`}</Button>
      </Group>
    </Modal>
  )
}

function Command({ name, text }: { name: string; text: string }) {
  return (
    <div style={{ marginTop: 6 }}>
      <pre className="block mono">{text}</pre>
      <Copy text={text} label={t`copy as ${name}`} />
    </div>
  )
}
