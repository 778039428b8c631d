import { TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../language'
import { Dialog } from '../parts/Dialog'
import { complaintOfPath, normalized } from './paths'

interface Props {
  title: string
  verb: string
  start: string
  act: (path: string) => Promise<void>
  onDone: (path: string) => void
  onClose: () => void
}

/** Asks for a path; folders on the way are made. */
export function PathDialog({ title, verb, start, act, onDone, onClose }: Props) {
  const [text, setText] = useState(start)
  const path = normalized(text)
  const complaint = complaintOfPath(path)
  const run = useMutation({ mutationFn: () => act(path), onSuccess: () => onDone(path) })
  return (
    <Dialog title={title} verb={verb} isOff={complaint !== undefined || path === start} isBusy={run.isPending} error={run.error} onConfirm={() => run.mutate()} onClose={onClose}>
      <TextInput
        data-autofocus label={t`Path`} description={t`Folders on the way are made.`} classNames={{ input: 'mono' }} value={text} spellCheck={false}
        error={text !== start && complaint} onChange={(event) => setText(event.currentTarget.value)}
      />
    </Dialog>
  )
}
