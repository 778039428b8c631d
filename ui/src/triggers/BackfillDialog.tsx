import { Button, Checkbox, Group, NumberInput, Select, SimpleGrid, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { flowQuery } from '../api/flows'
import { createBackfill, keysOf, type TriggerRow } from '../api/triggers'
import type { Flow, Label, Only } from '../api/types'
import { filled, LabelRows } from '../inputs/LabelRows'
import { focusInput, InputForm } from '../inputs/InputForm'
import { useInputs } from '../inputs/useInputs'
import { t } from '../language'
import { Dialog } from '../parts/Dialog'
import { done } from '../parts/notes'
import { usePreferences } from '../settings/preferences'
import { zoneName } from '../settings/zones'
import { Planned } from './Planned'
import { complaintOf, instantsOf, readyRanges } from './ranges'

interface Props {
  row: TriggerRow
  onClose: () => void
}

export function BackfillDialog({ row, onClose }: Props) {
  const { namespace, flowId, triggerId } = row.triggerContext
  const { data: flow, error } = useQuery(flowQuery(namespace, flowId))
  if (flow) return <Form flow={flow} row={row} onClose={onClose} />
  return <Dialog title={t`Backfill ${triggerId}`} verb={t`Start the backfill`} isOff onConfirm={onClose} onClose={onClose} error={error}>{!error && <p aria-busy>{t`Loading …`}</p>}</Dialog>
}

const WHICH: readonly { value: Only; label: string }[] = [
  { value: 'ALL', label: t`All dates` },
  { value: 'MISSING', label: t`Only those that never ran` },
  { value: 'FAILED', label: t`Only those that failed` },
  { value: 'MISSING_OR_FAILED', label: t`Those that never ran or failed` },
]
const MOST_PARALLEL = 1000

/** Range, inputs and labels; inputs begin with what the trigger gives, over the flow's own defaults. */
function Form({ flow, row: { abstractTrigger, triggerContext }, onClose }: Props & { flow: Flow }) {
  const { timeZone } = usePreferences()
  const [now] = useState(() => new Date())
  const [range, setRange] = useState({ start: '', end: '' })
  const [labels, setLabels] = useState<Label[]>([{ key: 'backfill', value: 'true' }])
  const [only, setOnly] = useState<Only>('ALL')
  const [parallel, setParallel] = useState(1)
  const [newestFirst, setNewestFirst] = useState(false)
  const [isAsked, setAsked] = useState(false)
  const inputs = useInputs(flow.namespace, flow.id, flow.inputs ?? [], abstractTrigger?.inputs)
  const cache = useQueryClient()
  const complaint = complaintOf(range, new Date(), timeZone)
  const shape = { only, newestFirst, parallel }
  const start = useMutation({
    mutationFn: () =>
      createBackfill(keysOf(triggerContext), {
        ...instantsOf(range, timeZone),
        ...shape,
        inputs: Object.fromEntries(inputs.parts),
        labels: filled(labels),
      }),
    onSuccess: () => {
      done(t`The backfill has begun`)
      void cache.invalidateQueries({ queryKey: ['triggers'] })
      onClose()
    },
    onError: (error) => inputs.refuse(error),
  })
  const submit = () => {
    setAsked(true)
    const wrong = inputs.complain()
    if (wrong) focusInput(wrong)
    if (!wrong && !complaint) start.mutate()
  }
  return (
    <Dialog title={t`Backfill ${triggerContext.triggerId}`} verb={t`Start the backfill`} onConfirm={submit} onClose={onClose} isBusy={start.isPending} error={start.error}>
      <Group gap="xs">
        {readyRanges(now, timeZone).map(({ name, range: ready }) => (
          <Button key={name} size="compact-xs" variant="default" onClick={() => setRange(ready)}>{name}</Button>
        ))}
      </Group>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="xs">
        <TextInput data-autofocus type="datetime-local" label={t`Start (${zoneName(timeZone)})`} withAsterisk value={range.start} error={isAsked && complaint} onChange={(event) => setRange({ ...range, start: event.currentTarget.value })} />
        <TextInput type="datetime-local" label={t`End, or now`} value={range.end} onChange={(event) => setRange({ ...range, end: event.currentTarget.value })} />
      </SimpleGrid>
      <Group gap="sm" align="flex-end" grow>
        <Select label={t`Which dates`} data={WHICH} value={only} allowDeselect={false} onChange={(value) => setOnly(value as Only)} />
        <NumberInput size="xs" label={t`Executions at one time`} min={1} max={MOST_PARALLEL} allowDecimal={false} value={parallel} onChange={(value) => typeof value === 'number' && value >= 1 && setParallel(Math.min(value, MOST_PARALLEL))} />
      </Group>
      <Checkbox size="xs" label={t`The newest date first`} checked={newestFirst} onChange={(event) => setNewestFirst(event.currentTarget.checked)} />
      {!complaint && <Planned keys={keysOf(triggerContext)} backfill={{ ...instantsOf(range, timeZone), ...shape }} />}
      <InputForm inputs={inputs} />
      <div>
        <Text size="sm" fw={500} mb={4}>{t`Labels`}</Text>
        <LabelRows labels={labels} onChange={setLabels} />
      </div>
    </Dialog>
  )
}
