import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import type { TimeWindow } from '../api/dashboards'
import { Typed } from '../executions/FilterBar'
import { LabelChips, LabelField, StatesField } from '../parts/FilterFields'
import { usePreferences } from '../settings/preferences'
import { fieldOf, momentOfField, zoneName } from '../settings/zones'
import { useAddress } from '../useAddress'
import { askedOf, isNarrowed, narrowedOf, notNarrowed, type Narrowed } from './narrowed'
import { movedTo, rangesOf, type Span } from './spans'

/** What the address narrows a dashboard to, within what that allows. */
export function useNarrowed(window: TimeWindow): Narrowed {
  const [search] = useAddress()
  return narrowedOf(search, window)
}

const TYPING_MS = 600
const BETWEEN = { value: 'between', label: 'Between …' }

export function ViewFilter({ narrowed }: { narrowed: Narrowed }) {
  const { namespace, flow, states, labels, timeRange, between, window } = narrowed
  const [, change] = useAddress()
  const choose = (range: string) => {
    if (range === BETWEEN.value) change({ timeRange: undefined, ...addressOf(askedOf(narrowed, new Date()).span) })
    else change({ timeRange: range, startDate: undefined, endDate: undefined })
  }
  const label = (next: string[]) => change({ labels: next })
  return (
    <div className="narrowing" role="search" aria-label="Filters">
      <Typed label="Namespace" value={namespace} onSettled={(text) => change({ namespace: text })} isFirst />
      <Typed label="Flow" value={flow} onSettled={(text) => change({ flowId: text })} />
      <StatesField states={states} onChange={(state) => change({ state })} />
      <LabelField labels={labels} onChange={label} />
      <NativeSelect
        size="xs" aria-label="Time" data={[...rangesOf(window), BETWEEN]} value={between ? BETWEEN.value : timeRange}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      {between && <Between span={between} window={window} onChange={(span) => change(addressOf(span))} />}
      {isNarrowed(narrowed) && (
        <div className="narrowed">
          <LabelChips labels={labels} onChange={label} />
          <Button variant="subtle" size="compact-xs" onClick={() => change(notNarrowed())}>Clear filters</Button>
        </div>
      )}
    </div>
  )
}

const addressOf = ({ start, end }: Span) => ({ startDate: start.toISOString(), endDate: end.toISOString() })

function Between({ span, window, onChange }: { span: Span; window: TimeWindow; onChange: (span: Span) => void }) {
  const field = (end: keyof Span, label: string) => <MomentField label={label} value={span[end]} onSettled={(moment) => onChange(movedTo(span, end, moment, window))} />
  return <div className="between">{field('start', 'From')}{field('end', 'To')}</div>
}

interface MomentProps {
  label: string
  value: Date
  onSettled: (moment: Date) => void
}

/** Reports when the typing pauses; a year of which only some figures are typed is one of long ago, and none that is meant. */
function MomentField({ label, value, onSettled }: MomentProps) {
  const { timeZone } = usePreferences()
  const shown = fieldOf(value, timeZone)
  const [text, setText] = useState(shown)
  useEffect(() => setText(shown), [shown])
  const settle = useDebouncedCallback((typed: string) => {
    const moment = momentOfField(typed, timeZone)
    if (moment && moment.getTime() > 0) onSettled(moment)
  }, TYPING_MS)
  return (
    <label>
      {label}
      <TextInput
        type="datetime-local" aria-label={label} title={zoneName(timeZone)} value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          settle(event.currentTarget.value)
        }}
      />
    </label>
  )
}
