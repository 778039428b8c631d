import { Button, Group, Modal, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useCan } from '../api/capabilities'
import { flowQuery } from '../api/flows'
import { createBackfill, keysOf, planBackfill, type TriggerRow } from '../api/triggers'
import type { Flow, Label, TriggerState } from '../api/types'
import { filled, LabelRows } from '../inputs/LabelRows'
import { InputForm } from '../inputs/InputForm'
import { useInputs } from '../inputs/useInputs'
import { ErrorBox } from '../parts/ErrorBox'
import { done } from '../parts/notes'
import { complaintOf, yearRange, type Range } from './ranges'

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
        ...instants(range),
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
      <Planned keys={keysOf(triggerContext)} range={range} />
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

const instants = ({ start, end }: Range) => ({
  start: new Date(start).toISOString(),
  ...(end ? { end: new Date(end).toISOString() } : {}),
})

/** How many executions a range means, before any is started. */
function Planned({ keys, range }: { keys: Pick<TriggerState, 'namespace' | 'flowId' | 'triggerId'>; range: Range }) {
  const can = useCan('POST /api/v1/triggers/backfill/plan')
  const { data, error } = useQuery({
    queryKey: ['plan', keys, range],
    queryFn: () => planBackfill(keys, instants(range)),
    enabled: can && complaintOf(range, new Date()) === undefined,
    retry: false,
  })
  if (error) return <ErrorBox error={error} />
  if (!data) return null
  const [first, last] = [data.dates[0]?.slice(0, 16), data.dates.at(-1)?.slice(0, 16)]
  return (
    <Text size="sm" mb="sm" role="status">
      {data.total === 0 ? 'No date of the trigger is in this range.' : `${data.total} executions, ${first} … ${last} UTC, one after the other.`}
    </Text>
  )
}
