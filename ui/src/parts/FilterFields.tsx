import { CloseButton, MultiSelect, TextInput } from '@mantine/core'
import { useState, type KeyboardEvent } from 'react'
import { t } from '../language'
import { isLabel } from '../search'
import { STATES } from './states'

interface ChipProps {
  text: string
  value?: string
  onRemove: () => void
}

/** One thing that a page is narrowed to, and what lets go of it. */
export function FilterChip({ text, value = text, onRemove }: ChipProps) {
  return (
    <span className="label">
      {text}
      <CloseButton size={16} ml={2} aria-label={t`Remove the filter ${value}`} style={{ display: 'inline-flex', verticalAlign: 'middle' }} onClick={onRemove} />
    </span>
  )
}

interface StatesProps {
  states: readonly string[]
  onChange: (states: string[]) => void
}

export function StatesField({ states, onChange }: StatesProps) {
  return (
    <MultiSelect
      aria-label={t`States`} placeholder={states.length ? '' : t`State`} data={[...STATES]} value={[...states]} w={{ base: '100%', xs: 210 }}
      onChange={onChange} searchable clearable hidePickedOptions clearButtonProps={{ 'aria-label': t`Clear states` }} styles={{ inputField: { minWidth: 16 } }}
    />
  )
}

interface LabelsProps {
  labels: readonly string[]
  onChange: (labels: string[]) => void
}

/** Takes `key:value` when Enter is pressed. */
export function LabelField({ labels, onChange }: LabelsProps) {
  const [text, setText] = useState('')
  const hear = (event: KeyboardEvent) => {
    const label = text.trim()
    if (event.key !== 'Enter' || !isLabel(label)) return
    onChange([...new Set([...labels, label])])
    setText('')
  }
  return <TextInput aria-label={t`Label, as key:value`} placeholder={t`Label: key:value`} value={text} w={{ base: '100%', xs: 150 }} onChange={(event) => setText(event.currentTarget.value)} onKeyDown={hear} />
}

export function LabelChips({ labels, onChange }: LabelsProps) {
  return labels.map((label) => <FilterChip key={label} text={label} onRemove={() => onChange(labels.filter((item) => item !== label))} />)
}
