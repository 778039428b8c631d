import type { TaskRun } from '../api/types'
import { hasEnded } from '../parts/states'

export interface Row {
  /** Which of the runs, by its place in their list. */
  place: number
  depth: number
  children: number
}

/** Places of task runs by the id of what they are in, in order of start. A run without its parent is a root: below `undefined`. */
export type Tree = ReadonlyMap<string | undefined, readonly number[]>

export function treeOf(runs: readonly TaskRun[]): Tree {
  const known = new Set(runs.map(({ id }) => id))
  const starts = runs.map(startOf)
  const children = new Map<string | undefined, number[]>()
  runs.forEach(({ parentTaskRunId }, place) => {
    const parent = parentTaskRunId && known.has(parentTaskRunId) ? parentTaskRunId : undefined
    const siblings = children.get(parent)
    if (siblings) siblings.push(place)
    else children.set(parent, [place])
  })
  for (const siblings of children.values()) siblings.sort((a, b) => (starts[a] as number) - (starts[b] as number))
  return children
}

/** The rows of a tree from top to bottom, folded where `folded` says so. */
export function rowsIn(runs: readonly TaskRun[], tree: Tree, folded: ReadonlySet<string> = new Set()): Row[] {
  const rows: Row[] = []
  const waiting: { place: number; depth: number }[] = []
  const push = (siblings: readonly number[], depth: number) => {
    for (let index = siblings.length - 1; index >= 0; index -= 1) waiting.push({ place: siblings[index] as number, depth })
  }
  push(tree.get(undefined) ?? [], 0)
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { place, depth } = next
    const { id } = runs[place] as TaskRun
    const below = tree.get(id) ?? []
    rows.push({ place, depth, children: below.length })
    if (below.length && !folded.has(id)) push(below, depth + 1)
  }
  return rows
}

/** Whether two lists have the same runs under the same names at the same places of a tree, in whatever states. */
export function standAlike(before: readonly TaskRun[], now: readonly TaskRun[]): boolean {
  return before.length === now.length && now.every((run, place) => isAlike(before[place] as TaskRun, run))
}

const isAlike = (a: TaskRun, b: TaskRun) =>
  a === b ||
  (a.id === b.id && a.parentTaskRunId === b.parentTaskRunId && a.taskId === b.taskId && a.value === b.value && a.iteration === b.iteration &&
    a.state.startDate === b.state.startDate)

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

export interface Segment {
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
