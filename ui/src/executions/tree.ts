import type { TaskRun } from '../api/types'
import { hasEnded } from '../parts/states'

export interface Row {
  run: TaskRun
  depth: number
  children: number
}

/** Task runs as a tree in order of start, folded where `folded` says so. A run without its parent is a root. */
export function rowsOf(runs: readonly TaskRun[], folded: ReadonlySet<string> = new Set()): Row[] {
  const known = new Set(runs.map(({ id }) => id))
  const children = new Map<string | undefined, TaskRun[]>()
  for (const run of runs) {
    const parent = run.parentTaskRunId && known.has(run.parentTaskRunId) ? run.parentTaskRunId : undefined
    const siblings = children.get(parent)
    if (siblings) siblings.push(run)
    else children.set(parent, [run])
  }
  const rows: Row[] = []
  const waiting: { run: TaskRun; depth: number }[] = []
  const push = (siblings: TaskRun[], depth: number) => {
    // Read once each: a comparison would read them again some twenty times.
    const dated = siblings.map((run) => ({ run, at: Date.parse(run.state.startDate) })).sort((a, b) => a.at - b.at)
    for (const { run } of dated.reverse()) waiting.push({ run, depth })
  }
  push(children.get(undefined) ?? [], 0)
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const below = children.get(next.run.id) ?? []
    rows.push({ ...next, children: below.length })
    if (below.length && !folded.has(next.run.id)) push(below, next.depth + 1)
  }
  return rows
}

/** The task run to blame: the first that failed and has no failed run below it. */
export function culpritOf(runs: readonly TaskRun[]): TaskRun | undefined {
  const failedRuns = runs.filter(({ state }) => state.current === 'FAILED')
  const parents = new Set(failedRuns.map(({ parentTaskRunId }) => parentTaskRunId))
  return failedRuns
    .filter(({ id }) => !parents.has(id))
    .toSorted((a, b) => endOf(a) - endOf(b))[0]
}

const endOf = ({ state }: TaskRun) => Date.parse(state.endDate ?? state.startDate)

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
