import { SegmentedControl, Select, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { setValue, valueQuery, type KeyEntry } from '../api/keyValues'
import { rich, t } from '../language'
import { Dialog } from '../parts/Dialog'
import { Moment } from '../parts/Moment'
import { done } from '../parts/notes'
import { textOf } from '../parts/ValueTable'
import { usePreferences } from '../settings/preferences'
import { zoneName } from '../settings/zones'
import { complaintOf, edited, KINDS, LIVES, written, type Kind } from './keyValue'

interface Props {
  namespace: string
  /** None for a new one. */
  entry: KeyEntry | null
  taken: ReadonlySet<string>
  onClose: () => void
}

export function KeyEditor({ namespace, entry, taken, onClose }: Props) {
  const { timeZone } = usePreferences()
  const known = useQuery({ ...valueQuery(namespace, entry?.key ?? '', 'edited'), enabled: entry !== null, gcTime: 0, retry: false })
  const [key, setKey] = useState(entry?.key ?? '')
  const [kind, setKind] = useState<Kind>()
  const [value, setText] = useState<string>()
  const [ttl, setTtl] = useState('')
  const [description, setDescription] = useState(entry?.description ?? '')
  const cache = useQueryClient()
  const type = kind ?? known.data?.type ?? 'STRING'
  const text = value ?? edited(type, textOf(known.data?.value), timeZone)
  const complaint = complaintOf(type, text)
  const isTaken = entry === null && taken.has(key.trim())
  const save = useMutation({
    mutationFn: () => setValue(namespace, key.trim(), { body: written(type, text, timeZone), ttl, description }),
    onSuccess: () => {
      done(t`${key.trim()} is saved`)
      void cache.invalidateQueries({ queryKey: ['kv', namespace] })
      onClose()
    },
  })
  const isOff = !key.trim() || isTaken || complaint !== undefined || (entry !== null && known.isPending)
  return (
    <Dialog title={entry?.key ?? t`New key-value`} verb={t`Save`} isOff={isOff} isBusy={save.isPending} error={save.error ?? known.error} onConfirm={() => save.mutate()} onClose={onClose}>
      {entry === null && <TextInput data-autofocus label={t`Key`} withAsterisk value={key} error={isTaken && t`There is one already: edit it instead`} onChange={(event) => setKey(event.currentTarget.value)} />}
      <Select
        label={t`Type`} data={[...KINDS]} value={type} allowDeselect={false} onChange={(next) => {
          setKind(next as Kind)
          setText(next === 'BOOLEAN' && text !== 'true' ? 'false' : text)
        }}
      />
      <ValueField kind={type} text={text} error={text !== '' ? complaint : undefined} zone={timeZone} onChange={setText} />
      <TextInput label={t`Description`} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
      <Select label={t`Expires`} data={[...LIVES]} value={ttl} allowDeselect={false} onChange={(next) => setTtl(next ?? '')} />
      {entry?.expirationDate && <Text size="xs" c="dimmed">{rich`It expires at ${<Moment key="at" at={entry.expirationDate} />}; saving it counts anew.`}</Text>}
    </Dialog>
  )
}

interface FieldProps {
  kind: Kind
  text: string
  error: string | undefined
  zone: string
  onChange: (text: string) => void
}

const PLACEHOLDERS: Partial<Record<Kind, string>> = { DURATION: 'PT1H30M', NUMBER: '3.14' }

function ValueField({ kind, text, error, zone, onChange }: FieldProps) {
  if (kind === 'BOOLEAN') {
    return <div><SegmentedControl size="xs" aria-label={t`Value`} data={['true', 'false']} value={text === 'true' ? 'true' : 'false'} onChange={onChange} /></div>
  }
  if (kind === 'STRING' || kind === 'JSON') {
    return <Textarea label={t`Value`} size="xs" autosize minRows={3} maxRows={14} spellCheck={false} classNames={{ input: 'mono' }} value={text} error={error} onChange={(event) => onChange(event.currentTarget.value)} />
  }
  const field = kind === 'DATE' ? { type: 'date' } : kind === 'DATETIME' ? { type: 'datetime-local' } : { placeholder: PLACEHOLDERS[kind] ?? '' }
  return <TextInput label={kind === 'DATETIME' ? t`Value (${zoneName(zone)})` : t`Value`} {...field} value={text} error={error} onChange={(event) => onChange(event.currentTarget.value)} />
}
