import { useQueries, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { executionQuery } from '../api/executions'
import { flowQuery, revisionQuery } from '../api/flows'
import type { Execution, Flow, TaskRun } from '../api/types'
import { hasEnded } from '../parts/states'
import type { Drawable, GraphNode, Opened, Subflow } from './graph'
import { runsByTask, type TaskRuns } from './runs'

const LIVE_MS = 2000

interface Open {
  id: string
  taskId: string
  /** The opened subflow that this one is in. */
  within: string | undefined
  subflow: Subflow
}

/** Which subflows of a picture are opened: their flows, and what ran of them. */
export function useOpened(runs: readonly TaskRun[] | undefined) {
  const [open, setOpen] = useState<readonly Open[]>([])
  const cache = useQueryClient()
  const flows = useQueries({
    queries: open.map(({ subflow: { namespace, flowId, revision } }) => (revision ? revisionQuery(namespace, flowId, revision) : flowQuery(namespace, flowId))),
    combine: dataOf<Flow>,
  })
  const ids = startedBy(open, runs, (id) => cache.getQueryData(executionQuery(id).queryKey)?.taskRunList)
  const executions = useQueries({
    queries: ids.map((id) => ({
      ...executionQuery(id ?? ''),
      enabled: id !== undefined,
      refetchInterval: ({ state }: { state: { data?: Execution | undefined } }) => (state.data && hasEnded(state.data.state.current) ? false : LIVE_MS) as number | false,
    })),
    combine: dataOf<Execution>,
  })
  const opened: Opened = useMemo(() => new Map(open.flatMap(({ id }, index): [string, Drawable][] => (flows[index] ? [[id, flows[index]]] : []))), [open, flows])
  const states = useMemo(() => {
    if (!runs) return undefined
    const all = new Map<string, TaskRuns>(runsByTask(runs))
    open.forEach(({ id }, index) => {
      for (const [taskId, state] of runsByTask(executions[index]?.taskRunList ?? [])) all.set(`${id}:${taskId}`, state)
    })
    return all
  }, [runs, open, executions])
  const toggle = useCallback((node: GraphNode) => {
    const id = node.id.replace(/\/\.head$/, '')
    setOpen((before) => {
      if (before.some((item) => item.id === id)) return before.filter((item) => item.id !== id && !item.id.startsWith(`${id}/`))
      const within = before.findLast((item) => id.startsWith(`${item.id}/`))?.id
      return node.subflow ? [...before, { id, taskId: node.title, within, subflow: node.subflow }] : before
    })
  }, [])
  return { opened, states, toggle }
}

const dataOf = <T,>(results: UseQueryResult<T>[]): (T | undefined)[] => results.map(({ data }) => data)

/** The executions that the opened subflow tasks have started, as far as is known. */
function startedBy(open: readonly Open[], runs: readonly TaskRun[] | undefined, runsOf: (id: string) => readonly TaskRun[] | undefined) {
  const started = new Map<string, string | undefined>()
  for (const { id, taskId, within } of open) {
    const parent = within === undefined ? undefined : started.get(within)
    const known = within === undefined ? runs : parent === undefined ? undefined : runsOf(parent)
    const last = known?.findLast((run) => run.taskId === taskId)?.outputs as { executionId?: unknown } | null | undefined
    started.set(id, typeof last?.executionId === 'string' ? last.executionId : undefined)
  }
  return open.map(({ id }) => started.get(id))
}
