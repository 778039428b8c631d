import { useMemo, useRef } from 'react'
import { UnreadableText, valueAt } from './text'

interface Shown {
  /** The last text that could be read. */
  source: string
  flow: unknown
  /** What keeps the present one from being read. */
  fault: string | undefined
}

/** What a form shows: of a text that is no YAML for the moment, what was there before. */
export function useShown(source: string): Shown {
  const last = useRef({ source: '', flow: {} as unknown })
  return useMemo(() => {
    try {
      last.current = { source, flow: valueAt(source, []) }
      return { ...last.current, fault: undefined }
    } catch (error) {
      if (!(error instanceof UnreadableText)) throw error
      return { ...last.current, fault: error.message }
    }
  }, [source])
}
