import type { StateName, TaskRun } from '../api/types'
import { lasted } from '../parts/Duration'
import { hasEnded } from '../parts/states'

export interface TaskRuns {
  state: StateName
  count: number
  ms: number
}

/** What shows of several runs of one task: what goes on before what failed before the rest. */
const WEIGHT: Partial<Record<StateName, number>> = { RUNNING: 6, PAUSED: 5, FAILED: 4, KILLED: 3, WARNING: 2, SUCCESS: 1 }

/** What is over lasted what it lasted: an execution that goes on is told anew again and again. */
const over = new WeakMap<TaskRun, number>()

function lastedOf(run: TaskRun, now: Date): number {
  const known = over.get(run)
  if (known !== undefined) return known
  const ms = lasted(run.state, now)
  if (hasEnded(run.state.current)) over.set(run, ms)
  return ms
}

export function runsByTask(runs: readonly TaskRun[]): ReadonlyMap<string, TaskRuns> {
  const tasks = new Map<string, TaskRuns>()
  const now = new Date()
  for (const run of runs) {
    const { taskId, state } = run
    const known = tasks.get(taskId)
    const ms = lastedOf(run, now) + (known?.ms ?? 0)
    const isHeavier = !known || (WEIGHT[state.current] ?? 0) > (WEIGHT[known.state] ?? 0)
    tasks.set(taskId, { state: isHeavier ? state.current : known.state, count: (known?.count ?? 0) + 1, ms })
  }
  return tasks
}
