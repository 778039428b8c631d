import { useEffect, useMemo, useRef, useState } from 'react'
import { isAtHand, whenAtHand } from './pieces'
import { UnreadableText, valueAt } from './text'

interface Shown {
  /** The last text that could be read. */
  source: string
  flow: unknown
  /** What keeps the present one from being read. */
  fault: string | undefined
}

function shownOf(source: string, last: Shown | undefined): Shown {
  try {
    return { source, flow: valueAt(source, []), fault: undefined }
  } catch (error) {
    if (!(error instanceof UnreadableText)) throw error
    return { source: last?.source ?? '', flow: last?.flow ?? {}, fault: error.message }
  }
}

/** What a form shows: of a text that is no YAML for the moment, or that is still being read, what was there before. */
export function useShown(source: string): Shown {
  const last = useRef<Shown>(undefined)
  const [read, setRead] = useState<string>()
  useEffect(() => (isAtHand(source) ? undefined : whenAtHand(source, () => setRead(source))), [source])
  return useMemo(() => {
    if (!last.current || isAtHand(source) || read === source) last.current = shownOf(source, last.current)
    return last.current
  }, [source, read])
}
