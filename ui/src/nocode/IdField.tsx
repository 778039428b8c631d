import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { counted, t } from '../language'
import type { BodyProps } from './Body'
import { useEditing } from './editing'
import { renamed } from './ids'
import { useDraft } from './useDraft'
import { changedLines, writtenScalar } from './values'

/** What something is called. It changes when the field is left, as half a name is none; what refers to it changes with it, and that is told. */
export function IdField({ field, path, id, label, told, isLocked = false, isFresh = false }: BodyProps) {
  const { edit } = useEditing()
  const [problem, setProblem] = useState<string>()
  const [others, setOthers] = useState(0)
  const { text, set, leave } = useDraft(writtenScalar(field.value), (typed) => {
    const name = typed.trim()
    setProblem(name ? undefined : t`An id is needed.`)
    setOthers(0)
    return name !== '' && edit((source) => {
      const next = renamed(source, path.slice(0, -1), name)
      setOthers(changedLines(source, next) - 1)
      return next
    })
  }, Infinity)
  return (
    <>
      <TextInput
        id={id} classNames={{ input: 'mono' }} aria-label={label} aria-describedby={told} aria-required value={text} error={problem} readOnly={isLocked} data-locked={isLocked || undefined} autoFocus={isFresh}
        onChange={(event) => set(event.currentTarget.value)} onBlur={leave} onKeyDown={(event) => event.key === 'Enter' && leave()}
      />
      {others > 0 && <p className="form-quiet" role="status">{t`What refers to it has the new id, too: ${counted(others, 'line')}.`}</p>}
    </>
  )
}
