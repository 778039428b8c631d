import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { t } from '../language'
import type { BodyProps } from './Body'
import { useEditing } from './editing'
import { renamed } from './ids'
import { useDraft } from './useDraft'
import { writtenScalar } from './values'

/** What something is called. It changes when the field is left: half a name is none. */
export function IdField({ field, path, id, label, told, isLocked = false }: BodyProps) {
  const { edit } = useEditing()
  const [problem, setProblem] = useState<string>()
  const { text, set, leave } = useDraft(writtenScalar(field.value), (typed) => {
    const name = typed.trim()
    setProblem(name ? undefined : t`An id is needed.`)
    if (name) edit((source) => renamed(source, path.slice(0, -1), name))
    return name !== ''
  }, Infinity)
  return (
    <TextInput
      id={id} classNames={{ input: 'mono' }} aria-label={label} aria-describedby={told} aria-required value={text} error={problem} readOnly={isLocked} data-locked={isLocked || undefined}
      onChange={(event) => set(event.currentTarget.value)} onBlur={leave} onKeyDown={(event) => event.key === 'Enter' && leave()}
    />
  )
}
