import { useEffect, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { API, part, withQuery } from './client'
import { executionQuery } from './executions'
import { FollowedExecution } from './followed'
import { sinceActed, waitOf } from './pace'
import type { Execution } from './types'
import { hasEnded } from '../parts/states'

export type Line = 'connecting' | 'live' | 'lost' | 'ended'

/** Its task runs may outlast it. */
export const isSettled = ({ state, taskRunList = [] }: Execution) => hasEnded(state.current) && taskRunList.every((run) => hasEnded(run.state.current))

/**
 * Keeps an execution in the cache up to date until it has settled; one that has needs no stream at all.
 *
 * The server tells all of it once, and once more after a lost connection; after that what has changed.
 * A burst of changes is drawn now and then, as `waitOf` says; the last one is always drawn.
 */
export function useFollowed(id: string, hasSettled: boolean): Line {
  const cache = useQueryClient()
  const [line, setLine] = useState<Line>('connecting')
  useEffect(() => {
    if (hasSettled) return
    const source = new EventSource(withQuery(`${API}/executions/${part(id)}/follow`, { changes: true }))
    const followed = new FollowedExecution()
    let timer: ReturnType<typeof setTimeout> | undefined
    // What is shown was asked for a moment ago: the first telling can wait.
    let drawnAt = performance.now()
    let changedAt = 0
    const drawInTime = () => {
      const now = performance.now()
      const wait = waitOf({ runs: followed.size, sinceDrawn: now - drawnAt, sinceChanged: now - changedAt, sinceActed: sinceActed() })
      timer = setTimeout(wait > 0 ? drawInTime : draw, wait)
    }
    const draw = () => {
      timer = undefined
      drawnAt = performance.now()
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
      if (timer !== undefined) return
      changedAt = performance.now()
      drawInTime()
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
  }, [id, hasSettled, cache])
  return line
}
