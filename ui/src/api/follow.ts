import { useEffect, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { executionQuery } from './executions'
import type { Execution } from './types'

const REDRAW_EVERY_MS = 400

export type Line = 'connecting' | 'live' | 'lost' | 'ended'

/**
 * Keeps an execution in the cache up to date until it has settled; `isSettled` needs no stream at all.
 *
 * A burst of changes is drawn at most every REDRAW_EVERY_MS; the last one is always drawn.
 */
export function useFollowed(id: string, isSettled: boolean): Line {
  const cache = useQueryClient()
  const [line, setLine] = useState<Line>('connecting')
  useEffect(() => {
    if (isSettled) return
    const source = new EventSource(`/api/v1/executions/${encodeURIComponent(id)}/follow`)
    let waiting: string | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const draw = () => {
      timer = undefined
      if (waiting === undefined) return
      const { queryKey } = executionQuery(id)
      // A reply that is still on its way was true before this; it must not be drawn over it.
      void cache.cancelQueries({ queryKey }, { revert: false, silent: true })
      cache.setQueryData(queryKey, JSON.parse(waiting) as Execution)
      waiting = undefined
    }
    source.onopen = () => setLine('live')
    source.onmessage = (event: MessageEvent<string>) => {
      waiting = event.data
      if (event.lastEventId === 'end') {
        source.close()
        clearTimeout(timer)
        draw()
        setLine('ended')
        return
      }
      timer ??= setTimeout(draw, REDRAW_EVERY_MS)
    }
    source.onerror = () => setLine('lost')
    return () => {
      clearTimeout(timer)
      source.close()
    }
    // A restart makes it unsettled, which opens the stream again.
  }, [id, isSettled, cache])
  return line
}
