import { useQueries, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { executionQuery } from '../api/executions'
import { flowQuery, revisionQuery } from '../api/flows'
import { isSettled } from '../api/follow'
import type { Execution, Flow, TaskRun } from '../api/types'
import type { Drawable, GraphNode, Opened, Subflow } from './graph'
import { runsByTask, type TaskRuns } from './runs'

/** Browsers open six connections to a server, and the page needs some itself. */
const MOST_FOLLOWED = 3
const OTHERS_MS = 10_000

interface Open {
  id: string
  taskId: string
  /** The opened subflow that this one is in. */
  within: string | undefined
  subflow: Subflow
}

/** Which subflows of a picture are opened: their flows, what ran of them, and which of that is to be followed. */
export function useOpened(runs: readonly TaskRun[] | undefined) {
  const [open, setOpen] = useState<readonly Open[]>([])
  const cache = useQueryClient()
  const flows = useQueries({
    queries: open.map(({ subflow: { namespace, flowId, revision } }) => (revision ? revisionQuery(namespace, flowId, revision) : flowQuery(namespace, flowId))),
    combine: dataOf<Flow>,
  })
  const known = (id: string) => cache.getQueryData(executionQuery(id).queryKey)
  const ids = startedBy(open, runs, (id) => known(id)?.taskRunList)
  const { followed, asked } = followedOf(ids, (id) => {
    const execution = known(id)
    return execution !== undefined && !isSettled(execution)
  })
  const executions = useQueries({
    queries: ids.map((id) => ({
      ...executionQuery(id ?? ''),
      enabled: id !== undefined,
      refetchInterval: id !== undefined && asked.includes(id) ? OTHERS_MS : (false as const),
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
  /** The runs of a node's task, in whichever execution it is drawn of. */
  const runsOfKey = useCallback(
    (key: string): readonly TaskRun[] => {
      const owner = open.reduce((best, { id }, index) => (key.startsWith(`${id}:`) && id.length > best.length ? { index, length: id.length } : best), { index: -1, length: 0 })
      const known = owner.index < 0 ? runs : executions[owner.index]?.taskRunList
      const taskId = owner.index < 0 ? key : key.slice(owner.length + 1)
      return known?.filter((run) => run.taskId === taskId) ?? []
    },
    [open, runs, executions],
  )
  return { opened, states, followed, toggle, runsOfKey }
}

const dataOf = <T,>(results: UseQueryResult<T>[]): (T | undefined)[] => results.map(({ data }) => data)

/** Of executions that go on, which are followed: the last ones that were opened. Those before are asked for now and then. */
export function followedOf(ids: readonly (string | undefined)[], isGoing: (id: string) => boolean): { followed: string[]; asked: string[] } {
  const going = [...new Set(ids)].filter((id): id is string => id !== undefined && isGoing(id))
  return { followed: going.slice(-MOST_FOLLOWED), asked: going.slice(0, -MOST_FOLLOWED) }
}

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
