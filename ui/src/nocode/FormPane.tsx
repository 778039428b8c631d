import { useDebouncedValue } from '@mantine/hooks'
import { useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { flushSync } from 'react-dom'
import type { Cursor } from '../editor/places'
import { t } from '../language'
import Form from './Form'
import { whenAtHand } from './pieces'
import { lineAt, pathAt, UnreadableText, type Path } from './text'

const TYPING_MS = 200

interface Props {
  source: string
  cursor: Cursor | undefined
  onChange: (source: string) => void
  /** Shows a line of the text. */
  onGo: (line: number) => void
  locked?: readonly string[]
}

/** What is typed is in the text before the key that stores it is heard. */
function handOver({ key, ctrlKey, metaKey }: KeyboardEvent): void {
  const field = document.activeElement
  if (key.toLowerCase() !== 's' || !(ctrlKey || metaKey) || !(field instanceof HTMLElement)) return
  flushSync(() => field.blur())
  field.focus({ preventScroll: true })
}

/** What a reading of a text gives; nothing while it cannot be read. */
function asked<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof UnreadableText) return undefined
    throw error
  }
}

const NOWHERE: Path = []

/** The form of what the cursor is in, beside the text. While one is in the form, the cursor leads nowhere. */
export default function FormPane({ source, cursor, onChange, onGo, locked }: Props) {
  const pane = useRef<HTMLElement>(null)
  const [place, setPlace] = useState<Path>(NOWHERE)
  // Own changes are seen at once, those of the text when its typing pauses.
  const [own, setOwn] = useState<string>()
  const [settled] = useDebouncedValue(source, TYPING_MS)
  // What was just written may not have come back as the text yet.
  const latest = useRef(source)
  useLayoutEffect(() => {
    latest.current = source
  }, [source])
  useLayoutEffect(() => {
    if (!cursor || pane.current?.contains(document.activeElement)) return
    return whenAtHand(latest.current, () => {
      const path = asked(() => pathAt(latest.current, cursor))
      if (path) setPlace(path)
    })
  }, [cursor])
  const open = (path: Path) => {
    setPlace(path)
    const line = asked(() => lineAt(latest.current, path))
    if (line !== undefined) onGo(line)
  }
  return (
    <section ref={pane} className="source-picture source-aside panel" data-pane aria-label={t`Form`} tabIndex={0} onKeyDownCapture={handOver}>
      <Form
        source={own === source ? source : settled} path={place} onOpen={open} {...(locked ? { locked } : {})}
        onChange={(next) => {
          latest.current = next
          setOwn(next)
          onChange(next)
        }}
      />
    </section>
  )
}

export { FormPane }
