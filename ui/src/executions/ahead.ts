import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { revisionQuery } from '../api/flows'
import type { Execution } from '../api/types'
import { fetchedOnce, whenIdle } from './later'

export const topology = fetchedOnce(() => import('../topology/ExecutionTopology'))

/** Fetches and places the topology of an execution while the page is idle, or once somebody points at its tab. */
export function useTopologyAhead({ namespace, flowId, flowRevision }: Execution): (tab: string) => void {
  const [isWanted, want] = useState(false)
  const { data: flow } = useQuery({ ...revisionQuery(namespace, flowId, flowRevision), enabled: isWanted })
  useEffect(() => whenIdle(() => want(true)), [])
  useEffect(() => {
    if (!isWanted) return
    topology
      .fetch()
      .then(({ prepare }) => flow && prepare(flow))
      // Done again when the tab is opened, where a failure is told.
      .catch(() => undefined)
  }, [isWanted, flow])
  return useCallback((tab: string) => {
    if (tab === 'topology') want(true)
  }, [])
}
