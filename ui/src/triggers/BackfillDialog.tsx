import { Button, Group, Modal, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { flowQuery } from '../api/flows'
import { createBackfill, keysOf, type TriggerRow } from '../api/triggers'
import type { Flow, Label } from '../api/types'
import { filled, LabelRows } from '../inputs/LabelRows'
import { InputForm } from '../inputs/InputForm'
import { useInputs } from '../inputs/useInputs'
import { ErrorBox } from '../parts/ErrorBox'
import { done } from '../parts/notes'
import { complaintOf, yearRange } from './ranges'

interface Props {
  row: TriggerRow
  onClose: () => void
}

export function BackfillDialog({ row, onClose }: Props) {
  const { namespace, flowId, triggerId } = row.triggerContext
  const { data: flow, error } = useQuery(flowQuery(namespace, flowId))
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>Backfill {triggerId}</Text>} size="lg">
      <ErrorBox error={error} />
      {flow && <Form flow={flow} row={row} onClose={onClose} />}
    </Modal>
  )
}

/** Range, inputs and labels; inputs begin with what the trigger gives, over the flow's own defaults. */
function Form({ flow, row: { abstractTrigger, triggerContext }, onClose }: Props & { flow: Flow }) {
  const now = new Date()
  const [range, setRange] = useState({ start: '', end: '' })
  const [labels, setLabels] = useState<Label[]>([{ key: 'backfill', value: 'true' }])
  const [complaint, setComplaint] = useState<string>()
  const inputs = useInputs(flow.namespace, flow.id, flow.inputs ?? [], abstractTrigger?.inputs)
  const cache = useQueryClient()
  const start = useMutation({
    mutationFn: () =>
      createBackfill(keysOf(triggerContext), {
        start: new Date(range.start).toISOString(),
        ...(range.end ? { end: new Date(range.end).toISOString() } : {}),
        inputs: Object.fromEntries(inputs.parts),
        labels: filled(labels),
      }),
    onSuccess: () => {
      done('The backfill has begun')
      void cache.invalidateQueries({ queryKey: ['triggers'] })
      onClose()
    },
    onError: (error) => inputs.refuse(error),
  })
  const submit = () => {
    const found = complaintOf(range, new Date())
    setComplaint(found)
    if (!found) start.mutate()
  }
  const years = [1, 2, 3].map((back) => now.getFullYear() - back)
  return (
    <>
      <Group gap="xs" mb="xs">
        {years.map((year) => (
          <Button key={year} size="compact-xs" variant="default" onClick={() => setRange(yearRange(year, now))}>{year}</Button>
        ))}
      </Group>
      <Group gap="sm" align="flex-start" mb="sm" grow>
        <TextInput data-autofocus type="datetime-local" label="Start (your time)" withAsterisk value={range.start} error={complaint} onChange={(event) => setRange({ ...range, start: event.currentTarget.value })} />
        <TextInput type="datetime-local" label="End, or now" value={range.end} onChange={(event) => setRange({ ...range, end: event.currentTarget.value })} />
      </Group>
      {abstractTrigger?.cron && <Text size="sm" c="dimmed" mb="sm">One execution for each date of <code className="mono">{abstractTrigger.cron}</code>, one after the other.</Text>}
      <InputForm inputs={inputs} />
      <Text size="sm" fw={500} mt="sm" mb={4}>Labels</Text>
      <LabelRows labels={labels} onChange={setLabels} />
      <div style={{ marginTop: 12 }}><ErrorBox error={start.error} /></div>
      <Group justify="flex-end" gap="sm" className="dialog-foot">
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button onClick={submit} loading={start.isPending}>Start the backfill</Button>
      </Group>
    </>
  )
}
