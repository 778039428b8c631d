import { ActionIcon, Text, TextInput } from '@mantine/core'
import type { KeyboardEvent } from 'react'
import { t } from '../language'
import type { Found } from './found'

export type Sought = 'task' | 'flow'

const WORDS: Readonly<Record<Sought, { find: string; none: string }>> = {
  task: { find: t`Find a task`, none: t`No task has this in its id.` },
  flow: { find: t`Find a flow`, none: t`No flow has this in its id.` },
}

interface Props {
  /** What the nodes are: task, or flow. */
  what: Sought
  text: string
  onText: (text: string) => void
  found: Found
  onStep: (step: number) => void
}

/** Finds nodes by their id and goes from one to the next. */
export function Finder({ what, text, onText, found: { ids, current }, onStep }: Props) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1)
    else if (event.key === 'ArrowDown') onStep(1)
    else if (event.key === 'ArrowUp') onStep(-1)
    else if (event.key === 'Escape' && text) onText('')
    else return
    event.preventDefault()
  }
  const place = current === undefined ? 0 : ids.indexOf(current) + 1
  return (
    <div className="picture-bar" role="search">
      <TextInput
        aria-label={WORDS[what].find} placeholder={WORDS[what].find} title={t`Enter: the next one, Shift Enter: the one before`} data-filter w={180}
        value={text} onChange={(event) => onText(event.currentTarget.value)} onKeyDown={onKeyDown}
      />
      <ActionIcon variant="default" size={30} aria-label={t`The one before`} disabled={ids.length < 2} onClick={() => onStep(-1)}><span aria-hidden>↑</span></ActionIcon>
      <ActionIcon variant="default" size={30} aria-label={t`The next one`} disabled={ids.length < 2} onClick={() => onStep(1)}><span aria-hidden>↓</span></ActionIcon>
      <Text size="xs" c="dimmed" role="status">{!text.trim() ? '' : ids.length ? t`${place} of ${ids.length}` : WORDS[what].none}</Text>
    </div>
  )
}
