import { useEffect, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { API, part, withQuery } from './client'
import { executionQuery } from './executions'
import { FollowedExecution } from './followed'

const REDRAW_EVERY_MS = 400

export type Line = 'connecting' | 'live' | 'lost' | 'ended'

/**
 * Keeps an execution in the cache up to date until it has settled; `isSettled` needs no stream at all.
 *
 * The server tells all of it once, and once more after a lost connection; after that what has changed.
 * A burst of changes is drawn at most every REDRAW_EVERY_MS; the last one is always drawn.
 */
export function useFollowed(id: string, isSettled: boolean): Line {
  const cache = useQueryClient()
  const [line, setLine] = useState<Line>('connecting')
  useEffect(() => {
    if (isSettled) return
    const source = new EventSource(withQuery(`${API}/executions/${part(id)}/follow`, { changes: true }))
    const followed = new FollowedExecution()
    let timer: ReturnType<typeof setTimeout> | undefined
    const draw = () => {
      timer = undefined
      const execution = followed.now()
      if (!execution) return
      const { queryKey } = executionQuery(id)
      // A reply that is still on its way was true before this; it must not be drawn over it.
      void cache.cancelQueries({ queryKey }, { revert: false, silent: true })
      cache.setQueryData(queryKey, execution)
    }
    const took = (event: MessageEvent<string>) => {
      if (event.lastEventId === 'end') {
        source.close()
        clearTimeout(timer)
        draw()
        setLine('ended')
        return
      }
      timer ??= setTimeout(draw, REDRAW_EVERY_MS)
    }
    source.onopen = () => setLine('live')
    source.onmessage = (event: MessageEvent<string>) => {
      followed.take(event.data)
      took(event)
    }
    source.addEventListener('changes', (event: MessageEvent<string>) => {
      followed.change(event.data)
      took(event)
    })
    source.onerror = () => setLine('lost')
    return () => {
      clearTimeout(timer)
      source.close()
    }
    // A restart makes it unsettled, which opens the stream again.
  }, [id, isSettled, cache])
  return line
}
