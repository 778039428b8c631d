import type { StateName, TaskRun } from '../api/types'
import { lasted } from '../parts/Duration'
import { hasEnded } from '../parts/states'

export interface TaskRuns {
  state: StateName
  count: number
  /** How many of them go on: each adds to their time as it passes. */
  going: number
  /** Milliseconds that they had taken together at `ORIGIN`, or would have: see `timeOf`. */
  taken: number
}

/** What shows of several runs of one task: what goes on before what failed before the rest. */
const WEIGHT: Partial<Record<StateName, number>> = { RUNNING: 6, PAUSED: 5, FAILED: 4, KILLED: 3, WARNING: 2, SUCCESS: 1 }
/** Whether this state is to be seen before that one. */
export const isWeightier = (state: StateName, other: StateName) => (WEIGHT[state] ?? 0) > (WEIGHT[other] ?? 0)

/** Near to all moments that are added up, so that the sums stay exact. */
const ORIGIN = Date.now()

/** What is over lasted what it lasted: an execution that goes on is told anew again and again. */
const over = new WeakMap<TaskRun, number>()

function takenBy(run: TaskRun): number {
  if (!hasEnded(run.state.current)) return ORIGIN - Date.parse(run.state.startDate)
  const known = over.get(run)
  if (known !== undefined) return known
  const ms = lasted(run.state, new Date(ORIGIN))
  over.set(run, ms)
  return ms
}

export function runsByTask(runs: readonly TaskRun[]): ReadonlyMap<string, TaskRuns> {
  const tasks = new Map<string, TaskRuns>()
  for (const run of runs) {
    const { current } = run.state
    const known = tasks.get(run.taskId)
    const isHeavier = !known || isWeightier(current, known.state)
    tasks.set(run.taskId, {
      state: isHeavier ? current : known.state,
      count: (known?.count ?? 0) + 1,
      going: (known?.going ?? 0) + (hasEnded(current) ? 0 : 1),
      taken: (known?.taken ?? 0) + takenBy(run),
    })
  }
  return tasks
}

/** Milliseconds that runs have taken together until now. */
export const timeOf = ({ going, taken }: TaskRuns, now: Date) => Math.max(0, taken + going * (now.getTime() - ORIGIN))
