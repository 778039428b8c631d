import { useEffect, useRef, useState } from 'react'

const PAUSE_MS = 450

interface Draft {
  /** What the field shows. */
  text: string
  set: (text: string) => void
  /** Hands over what is typed, now: when the field is left. */
  leave: () => void
}

/**
 * What is being typed into a field. It is handed over when the typing pauses, so that one edit is one step to undo, and when the field is left
 * or goes; until then what comes from outside does not take it away.
 *
 * @param take whether it was taken: what is refused stays in the field
 */
export function useDraft(given: string, take: (text: string) => boolean | void, pause = PAUSE_MS): Draft {
  const [draft, setDraft] = useState<string>()
  const state = useRef({ pending: undefined as string | undefined, isOwn: false, timer: 0, take })
  state.current.take = take
  const [last, setLast] = useState(given)
  if (given !== last) {
    setLast(given)
    // What comes of one's own typing may be written otherwise; it is shown as typed until the field is left.
    if (state.current.pending === undefined && !state.current.isOwn) setDraft(undefined)
    state.current.isOwn = false
  }
  const [hand] = useState(() => () => {
    const { pending: text, timer } = state.current
    clearTimeout(timer)
    if (text === undefined) return true
    state.current.isOwn = true
    const isTaken = state.current.take(text) !== false
    if (isTaken) state.current.pending = undefined
    else state.current.isOwn = false
    return isTaken
  })
  useEffect(() => () => void hand(), [hand])
  return {
    text: draft ?? given,
    set: (text) => {
      setDraft(text)
      state.current.pending = text
      clearTimeout(state.current.timer)
      if (pause !== Infinity) state.current.timer = window.setTimeout(hand, pause)
    },
    leave: () => {
      if (!hand()) return
      state.current.isOwn = false
      setDraft(undefined)
    },
  }
}

/** What was chosen shows at once, also where the text takes a moment to be read again. */
export function useChosen<T>(given: T, take: (value: T) => boolean): [T, (value: T) => void] {
  const [chosen, setChosen] = useState<{ value: T }>()
  const [last, setLast] = useState(given)
  if (!Object.is(given, last)) {
    setLast(given)
    setChosen(undefined)
  }
  return [chosen ? chosen.value : given, (value) => setChosen(take(value) ? { value } : undefined)]
}
