import { PasswordInput, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { describeSecret, putSecret, type Secret } from '../api/secrets'
import type { Label } from '../api/types'
import { filled, LabelRows } from '../inputs/LabelRows'
import { t } from '../language'
import { Dialog } from '../parts/Dialog'
import { done } from '../parts/notes'

interface Props {
  namespace: string
  /** None for a new one. */
  secret: Secret | null
  onClose: () => void
  onSaved: () => void
}

/** A value that is left empty stays as it is: it cannot be shown. */
export function SecretEditor({ namespace, secret, onClose, onSaved }: Props) {
  const [key, setKey] = useState(secret?.key ?? '')
  const [value, setValue] = useState('')
  const [description, setDescription] = useState(secret?.description ?? '')
  const [tags, setTags] = useState<Label[]>(secret?.tags ?? [])
  const save = useMutation({
    mutationFn: () => {
      const given = { key: key.trim(), value, description: description.trim(), tags: filled(tags) }
      return secret !== null && value === '' ? describeSecret(namespace, given) : putSecret(namespace, given)
    },
    onSuccess: () => {
      done(t`Secret ${key.trim()} is saved`)
      onSaved()
      onClose()
    },
  })
  return (
    <Dialog title={secret ? t`Secret ${secret.key}` : t`New secret`} verb={t`Save`} isOff={!key.trim() || (secret === null && value === '')} isBusy={save.isPending} error={save.error} onConfirm={() => save.mutate()} onClose={onClose}>
      {secret === null && <TextInput data-autofocus label={t`Name`} withAsterisk value={key} spellCheck={false} classNames={{ input: 'mono' }} onChange={(event) => setKey(event.currentTarget.value)} />}
      <PasswordInput
        label={t`Value`} size="xs" autoComplete="off" withAsterisk={secret === null} value={value} visibilityToggleButtonProps={{ 'aria-label': t`Show what is typed` }}
        description={secret ? t`Nobody can read the value. Left empty, it stays.` : t`It is encrypted, and never shown again.`} onChange={(event) => setValue(event.currentTarget.value)}
      />
      <TextInput label={t`Description`} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
      <div>
        <Text size="sm" fw={500} mb={4}>{t`Tags`}</Text>
        <LabelRows labels={tags} onChange={setTags} />
      </div>
    </Dialog>
  )
}
