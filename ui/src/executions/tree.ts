import type { TaskRun } from '../api/types'
import { hasEnded } from '../parts/states'

export interface Row {
  run: TaskRun
  depth: number
  children: number
}

/** Task runs by the id of what they are in, in order of start. A run without its parent is a root: below `undefined`. */
export type Tree = ReadonlyMap<string | undefined, readonly TaskRun[]>

export function treeOf(runs: readonly TaskRun[]): Tree {
  const known = new Set(runs.map(({ id }) => id))
  const children = new Map<string | undefined, TaskRun[]>()
  for (const run of runs) {
    const parent = run.parentTaskRunId && known.has(run.parentTaskRunId) ? run.parentTaskRunId : undefined
    const siblings = children.get(parent)
    if (siblings) siblings.push(run)
    else children.set(parent, [run])
  }
  for (const siblings of children.values()) siblings.sort((a, b) => startOf(a) - startOf(b))
  return children
}

/** The rows of a tree from top to bottom, folded where `folded` says so. */
export function rowsIn(tree: Tree, folded: ReadonlySet<string> = new Set()): Row[] {
  const rows: Row[] = []
  const waiting: { run: TaskRun; depth: number }[] = []
  const push = (siblings: readonly TaskRun[], depth: number) => {
    for (let index = siblings.length - 1; index >= 0; index -= 1) waiting.push({ run: siblings[index] as TaskRun, depth })
  }
  push(tree.get(undefined) ?? [], 0)
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const below = tree.get(next.run.id) ?? []
    rows.push({ ...next, children: below.length })
    if (below.length && !folded.has(next.run.id)) push(below, next.depth + 1)
  }
  return rows
}

/** A run that has not changed is the same object: its start is read once. */
const starts = new WeakMap<TaskRun, number>()

function startOf(run: TaskRun): number {
  const known = starts.get(run)
  if (known !== undefined) return known
  const start = Date.parse(run.state.startDate)
  starts.set(run, start)
  return start
}

/** The task run to blame: the first that failed and has no failed run below it. */
export function culpritOf(runs: readonly TaskRun[]): TaskRun | undefined {
  const failedRuns = runs.filter(({ state }) => state.current === 'FAILED')
  const parents = new Set(failedRuns.map(({ parentTaskRunId }) => parentTaskRunId))
  let first: { run: TaskRun; end: number } | undefined
  for (const run of failedRuns) {
    if (parents.has(run.id)) continue
    const end = Date.parse(run.state.endDate ?? run.state.startDate)
    if (!first || end < first.end) first = { run, end }
  }
  return first?.run
}

/** `work · jan`: a loop's value tells its runs apart. */
export function nameOf({ taskId, value, iteration }: TaskRun): string {
  if (value !== undefined) return `${taskId} · ${value}`
  return iteration === undefined ? taskId : `${taskId} · #${iteration}`
}

interface Segment {
  from: number
  to: number
  state: string
  attempt: number
}

/** The bars of a task run: one per attempt, waiting in between told as CREATED. Times in epoch milliseconds. */
export function segmentsOf(run: TaskRun, now: number): Segment[] {
  const attempts = run.attempts ?? []
  if (attempts.length === 0) return [whole(run, now)]
  return attempts.map(({ state }, index) => {
    const last = state.endDate ?? state.histories.at(-1)?.date ?? state.startDate
    const to = hasEnded(state.current) ? Date.parse(last) : now
    const failedBefore = index < attempts.length - 1 && state.current !== 'SUCCESS'
    return {
      from: Date.parse(state.startDate),
      to: Math.max(to, Date.parse(state.startDate)),
      state: failedBefore ? 'FAILED' : index === attempts.length - 1 ? run.state.current : state.current,
      attempt: index + 1,
    }
  })
}

function whole({ state }: TaskRun, now: number): Segment {
  const running = state.histories.find((entry) => entry.state === 'RUNNING')
  const from = Date.parse(running?.date ?? state.startDate)
  const to = hasEnded(state.current) ? Date.parse(state.endDate ?? state.histories.at(-1)?.date ?? state.startDate) : now
  return { from, to: Math.max(from, to), state: state.current, attempt: 1 }
}

const STEPS = [1, 2, 5]

/** Round offsets for the axis of a span in milliseconds: at most `most` of them, from zero on. */
export function ticksOf(span: number, most = 6): number[] {
  if (span <= 0) return [0]
  const rough = span / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([...STEPS, 10].find((factor) => factor * power >= rough) ?? 10)
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step)
}
