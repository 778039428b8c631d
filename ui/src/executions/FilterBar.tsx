import { Button, Group, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useState, type ReactNode } from 'react'
import { t } from '../language'
import { FilterChip, StatesField } from '../parts/FilterFields'
import { MoreFilters } from '../parts/MoreFilters'
import { TimeField } from '../parts/TimeField'
import { many, one, type Search } from '../search'
import type { Change } from '../useAddress'
import { filterText, isFiltered, noFilters, toggled, typedFilters } from './filters'

const RANGES = [
  { value: '', label: t`Any time` },
  { value: 'PT1H', label: t`Last hour` },
  { value: 'PT24H', label: t`Last 24 hours` },
  { value: 'P7D', label: t`Last 7 days` },
  { value: 'P30D', label: t`Last 30 days` },
]
/** What is shown behind the fields, to be let go of. */
const CHIPS = ['startDate', 'startedBefore', 'flowId', 'labels', 'endDate', 'triggerExecutionId', 'childFilter', 'scope']
/** Fields show them, where they are moments at all. */
const FIELDS = ['startDate', 'startedBefore']
const TYPING_MS = 300

const isMoment = (value: string) => !Number.isNaN(Date.parse(value))

interface Props {
  search: Search
  change: (change: Change) => void
  ofFlow: boolean
  /** What else the list offers, at the end of the bar. */
  children?: ReactNode
}

export function FilterBar({ search, change, ofFlow, children }: Props) {
  const states = many(search, 'state')
  const set = (values: Change) => change({ ...values, page: undefined })
  return (
    <Group gap="xs" mb="xs" align="center">
      <Typed
        label={t`Search`} value={one(search, 'q')} hint={t`Words, or for instance state:failed`} isFirst onSettled={(text) => {
          const found = typedFilters(text, states)
          set(found)
          return found.q ?? ''
        }} />
      {!ofFlow && <Typed label={t`Namespace`} value={one(search, 'namespace')} onSettled={(namespace) => set({ namespace })} />}
      <StatesField states={states} onChange={(state) => set({ state })} />
      <TimeField
        ranges={RANGES} time={{ timeRange: one(search, 'timeRange'), from: one(search, 'startDate'), to: one(search, 'startedBefore') }}
        onChange={({ timeRange, from, to }) => set({ timeRange, startDate: from, startedBefore: to })}
      />
      <Button variant={states.includes('FAILED') ? 'filled' : 'default'} onClick={() => set({ state: toggled(states, 'FAILED') })}>
        {t`Failed`}
      </Button>
      <Button variant={states.includes('RUNNING') ? 'filled' : 'default'} onClick={() => set({ state: toggled(states, 'RUNNING') })}>
        {t`Running`}
      </Button>
      <MoreFilters search={search} set={set} hasOrigin>
        {!ofFlow && <Typed label={t`Flow`} value={one(search, 'flowId')} onSettled={(flowId) => set({ flowId })} />}
      </MoreFilters>
      {CHIPS.filter((name) => !(ofFlow && name === 'flowId')).flatMap((name) =>
        many(search, name).filter((value) => value && !(FIELDS.includes(name) && isMoment(value))).map((value) => (
          <FilterChip
            key={`${name}=${value}`} text={filterText(name, value)} value={value}
            onRemove={() => set({ [name]: many(search, name).filter((item) => item !== value) })}
          />
        )),
      )}
      {isFiltered(search) && (
        <Button variant="subtle" onClick={() => change(noFilters())}>
          {t`Clear filters`}
        </Button>
      )}
      <Group gap="xs" ml="auto">{children}</Group>
    </Group>
  )
}

interface TypedProps {
  label: string
  value: string
  /** What is returned stands in the field from then on. */
  onSettled: (value: string) => string | void
  isFirst?: boolean
  hint?: string
}

/** A field that reports when the typing pauses, so that a list is not asked for with each key. */
export function Typed({ label, value, onSettled, isFirst = false, hint }: TypedProps) {
  const [text, setText] = useState(value)
  const settle = useDebouncedCallback((typed: string) => {
    const left = onSettled(typed)
    if (left !== undefined && left !== typed.trim()) setText(left)
  }, TYPING_MS)
  useEffect(() => setText(value), [value])
  return (
    <TextInput
      aria-label={label} placeholder={label} title={hint} value={text} w={{ base: '100%', xs: 170 }} {...(isFirst ? { 'data-filter': true } : {})}
      onChange={(event) => {
        setText(event.currentTarget.value)
        settle(event.currentTarget.value)
      }}
    />
  )
}
