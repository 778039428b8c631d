import type { StateName, TaskRun } from '../api/types'
import { isWeightier } from './runs'

/** Which iteration is looked at, by the id of its loop; of loops that are not named, all are. */
export type Chosen = ReadonlyMap<string, string>

export const ALL: Chosen = new Map()

const LOOPS = new Set(['ForEach', 'EachSequential', 'EachParallel', 'LoopUntil', 'WaitFor'])

/** Whether a task of this type runs its tasks again and again. */
export const isLoop = (type: string): boolean => LOOPS.has(type)

/** What tells the iterations of a loop apart: their value, or which one it is. */
const nameOf = ({ value, iteration }: TaskRun): string | undefined => value ?? (iteration === undefined ? undefined : `#${iteration}`)

/** The runs within the chosen iterations, and those outside of the loops. */
export function runsWithin(runs: readonly TaskRun[], chosen: Chosen): readonly TaskRun[] {
  if (!chosen.size) return runs
  const byId = new Map(runs.map((run) => [run.id, run]))
  const known = new Map<string, boolean>()
  const isIn = (run: TaskRun): boolean => {
    const before = known.get(run.id)
    if (before !== undefined) return before
    const parent = byId.get(run.parentTaskRunId ?? '')
    const wanted = parent && chosen.get(parent.taskId)
    const found = !parent || ((wanted === undefined || nameOf(run) === wanted) && isIn(parent))
    known.set(run.id, found)
    return found
  }
  return runs.filter(isIn)
}

export interface Iteration {
  name: string
  state: StateName
}

/** The iterations of a loop in order of their start, within those of the loops around it that are chosen. */
export function iterationsOf(runs: readonly TaskRun[], loop: string, chosen: Chosen): Iteration[] {
  const around = new Map(chosen)
  around.delete(loop)
  const loops = new Set(runs.filter(({ taskId }) => taskId === loop).map(({ id }) => id))
  const found = new Map<string, StateName>()
  for (const run of runsWithin(runs, around)) {
    const name = loops.has(run.parentTaskRunId ?? '') ? nameOf(run) : undefined
    if (name === undefined) continue
    const known = found.get(name)
    if (!known || isWeightier(run.state.current, known)) found.set(name, run.state.current)
  }
  return [...found].map(([name, state]) => ({ name, state }))
}
