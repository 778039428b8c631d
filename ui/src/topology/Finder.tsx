import { ActionIcon, Text, TextInput } from '@mantine/core'
import type { KeyboardEvent } from 'react'
import type { Found } from './found'

interface Props {
  /** What the nodes are: task, or flow. */
  what: string
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
        aria-label={`Find a ${what}`} placeholder={`Find a ${what}`} title="Enter: the next one, Shift Enter: the one before" data-filter w={180}
        value={text} onChange={(event) => onText(event.currentTarget.value)} onKeyDown={onKeyDown}
      />
      <ActionIcon variant="default" size={30} aria-label="The one before" disabled={ids.length < 2} onClick={() => onStep(-1)}><span aria-hidden>↑</span></ActionIcon>
      <ActionIcon variant="default" size={30} aria-label="The next one" disabled={ids.length < 2} onClick={() => onStep(1)}><span aria-hidden>↓</span></ActionIcon>
      <Text size="xs" c="dimmed" role="status">{!text.trim() ? '' : ids.length ? `${place} of ${ids.length}` : `No ${what} has this in its id.`}</Text>
    </div>
  )
}
