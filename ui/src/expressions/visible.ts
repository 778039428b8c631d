/** Which tasks an expression can read the outputs of, where it stands in a flow. */

import type { Path } from '../nocode/text'

export interface VisibleTask {
  id: string
  type: string
  task: Record<string, unknown>
  /** How its outputs are told apart by the values of loops: not at all, by that of this very run, or by any value. */
  loop: 'none' | 'same' | 'other'
}

const BRANCHES = ['tasks', 'then', 'else', 'defaults', 'errors', 'finally', 'afterExecution'] as const
/** What comes when the tasks are done, or have failed. */
const AFTER_TASKS: readonly unknown[] = ['errors', 'finally', 'afterExecution', 'outputs']
const LOOPS = /\.(ForEach|EachSequential|EachParallel|ForEachItem)$/
const SIDE_BY_SIDE = /\.(Dag|Parallel|EachParallel)$/

interface Branch {
  path: Path
  tasks: readonly unknown[]
}

const isMap = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value)

/** Lists of tasks in a flow or a task, in the order in which they run. */
function branchesOf(owner: Record<string, unknown>): Branch[] {
  const branches: Branch[] = BRANCHES.flatMap((name) => (Array.isArray(owner[name]) ? [{ path: [name], tasks: owner[name] as unknown[] }] : []))
  const cases = isMap(owner.cases) ? Object.entries(owner.cases) : []
  return [...branches, ...cases.flatMap(([name, tasks]) => (Array.isArray(tasks) ? [{ path: ['cases', name], tasks }] : []))]
}

/** An item of a Dag has its task within. */
const taskIn = (item: unknown): { task: unknown; path: Path } => (isMap(item) && isMap(item.task) ? { task: item.task, path: ['task'] } : { task: item, path: [] })

/** Tasks that have run, or may have, when what stands at a path is rendered. */
export function visibleTasks(flow: unknown, at: Path): VisibleTask[] {
  return isMap(flow) ? within(flow, at, false, false) : []
}

/** `isInLoop` where a loop around the path is still turning; what is passed has ended. */
function within(owner: Record<string, unknown>, at: Path, isInLoop: boolean, isPassed: boolean): VisibleTask[] {
  const found: VisibleTask[] = []
  const isAfter = AFTER_TASKS.includes(at[0])
  for (const { path, tasks } of branchesOf(owner)) {
    const isHere = !isPassed && path.every((step, index) => at[index] === step)
    if (!isPassed && !isHere && !(isAfter && path[0] === 'tasks')) continue
    const place = isHere ? Number(at[path.length]) : tasks.length
    const isBeside = isHere && SIDE_BY_SIDE.test(String(owner.type))
    tasks.forEach((item, index) => {
      if (index > place && !isBeside) return
      const { task, path: inner } = taskIn(item)
      if (!isMap(task) || typeof task.id !== 'string') return
      const isCurrent = isHere && index === place
      found.push(...entered(task, isCurrent ? at.slice(path.length + 1 + inner.length) : [], isInLoop, !isCurrent))
    })
  }
  return found
}

/** A task, unless the path ends in it, and those within. */
function entered(task: Record<string, unknown>, at: Path, isInLoop: boolean, isPassed: boolean): VisibleTask[] {
  const type = String(task.type ?? '')
  const isLoop = LOOPS.test(type)
  const leadsOn = !isPassed && branchesOf(task).some(({ path }) => path.every((step, index) => at[index] === step))
  const own: VisibleTask[] = isPassed || leadsOn ? [{ id: task.id as string, type, task, loop: isInLoop ? 'same' : 'none' }] : []
  const inner = within(task, at, isInLoop || (isLoop && !isPassed), isPassed)
  // Seen from behind a loop, what ran in it has a value for each of its turns.
  return [...own, ...(isPassed && isLoop ? inner.map((one): VisibleTask => ({ ...one, loop: 'other' })) : inner)]
}

/** Where the task of an id is written in a flow. */
export function pathOfTask(owner: unknown, id: string): Path | undefined {
  if (!isMap(owner)) return undefined
  for (const { path, tasks } of branchesOf(owner)) {
    for (const [index, item] of tasks.entries()) {
      const { task, path: inner } = taskIn(item)
      const place = [...path, index, ...inner]
      if (isMap(task) && task.id === id) return place
      const within = pathOfTask(task, id)
      if (within) return [...place, ...within]
    }
  }
  return undefined
}
