import { NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import { t } from '../language'
import { usePreferences } from '../settings/preferences'
import { fieldOf, momentOfField, zoneName } from '../settings/zones'
import { milliseconds } from './durations'

/** A time that reaches back from now, or what lies between two moments; of these one may be missing. */
export interface Time {
  timeRange?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

interface Props {
  /** ISO 8601 durations, or nothing at all, under their names. */
  ranges: readonly { value: string; label: string }[]
  time: Time
  onChange: (time: Time) => void
}

const BETWEEN = 'between'
const DAY_MS = 86_400_000
const TYPING_MS = 600

export function TimeField({ ranges, time: { timeRange = '', from, to }, onChange }: Props) {
  const isBetween = [from, to].some((moment) => moment && !Number.isNaN(Date.parse(moment)))
  const choose = (value: string) => {
    if (value !== BETWEEN) return onChange({ timeRange: value })
    const now = Date.now()
    onChange({ from: new Date(now - (milliseconds(timeRange) ?? DAY_MS)).toISOString(), to: new Date(now).toISOString() })
  }
  return (
    <>
      <NativeSelect
        size="xs" aria-label={t`Time`} data={[...ranges, { value: BETWEEN, label: t`Between …` }]} value={isBetween ? BETWEEN : timeRange}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      {isBetween && (
        <div className="between">
          <MomentField label={t`From`} value={from} onSettled={(moment) => onChange({ from: moment, to })} />
          <MomentField label={t`To`} value={to} onSettled={(moment) => onChange({ from, to: moment })} />
        </div>
      )}
    </>
  )
}

interface MomentProps {
  label: string
  value: string | undefined
  onSettled: (moment: string) => void
}

const written = (value: string | undefined, zone: string) => (value && !Number.isNaN(Date.parse(value)) ? fieldOf(new Date(value), zone) : '')

/** Reports when the typing pauses; a year of which only some figures are typed is one of long ago, and none that is meant. */
export function MomentField({ label, value, onSettled }: MomentProps) {
  const { timeZone } = usePreferences()
  const shown = written(value, timeZone)
  const [text, setText] = useState(shown)
  useEffect(() => setText(shown), [shown])
  const settle = useDebouncedCallback((typed: string) => {
    const moment = momentOfField(typed, timeZone)
    if (moment && moment.getTime() > 0) onSettled(moment.toISOString())
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
