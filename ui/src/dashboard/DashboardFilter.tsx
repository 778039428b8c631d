import { CloseButton, NativeSelect, TextInput } from '@mantine/core'
import { useState, type KeyboardEvent } from 'react'
import { Typed } from '../executions/FilterBar'
import { many, one } from '../search'
import { useAddress } from '../useAddress'
import type { Narrowing } from './Dashboard'
import { RANGES } from './ranges'

const STANDARD = 'P7D'

/** What the address narrows the dashboard to; a range it does not know counts as the standard one. */
export function useNarrowing(namespace?: string): Narrowing {
  const [search] = useAddress()
  const range = one(search, 'timeRange')
  return {
    namespace: namespace ?? one(search, 'namespace'),
    timeRange: RANGES.some(({ value }) => value === range) ? range : STANDARD,
    labels: many(search, 'labels').filter((label) => /^[^:]+:./.test(label)),
  }
}

export function DashboardFilter({ narrowing: { namespace, timeRange, labels }, isOfNamespace = false }: { narrowing: Narrowing; isOfNamespace?: boolean }) {
  const [, change] = useAddress()
  return (
    <>
      {!isOfNamespace && <Typed label="Namespace" value={namespace} onSettled={(value) => change({ namespace: value })} isFirst />}
      <LabelField onLabel={(label) => change({ labels: [...new Set([...labels, label])] })} />
      {labels.map((label) => (
        <span className="label" key={label}>
          {label}
          <CloseButton size={16} ml={2} aria-label={`Remove the filter ${label}`} style={{ display: 'inline-flex', verticalAlign: 'middle' }} onClick={() => change({ labels: labels.filter((item) => item !== label) })} />
        </span>
      ))}
      <NativeSelect size="xs" aria-label="Time" data={RANGES} value={timeRange} onChange={(event) => change({ timeRange: event.currentTarget.value })} />
    </>
  )
}

/** Takes `key:value` when Enter is pressed. */
function LabelField({ onLabel }: { onLabel: (label: string) => void }) {
  const [text, setText] = useState('')
  const hear = (event: KeyboardEvent) => {
    const label = text.trim()
    if (event.key !== 'Enter' || !/^[^:]+:./.test(label)) return
    onLabel(label)
    setText('')
  }
  return <TextInput aria-label="Label, as key:value" placeholder="Label: key:value" value={text} w={{ base: '100%', xs: 150 }} onChange={(event) => setText(event.currentTarget.value)} onKeyDown={hear} />
}
