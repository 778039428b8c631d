import type { TaskSpec } from '../api/types'
import { listOf, within, type Path, type Slot } from './slots'

/** A flow as nodes within nodes: a flowable is a frame around itself and its branches. */
export interface GraphNode {
  id: string
  title: string
  type: string
  kind: 'task' | 'trigger' | 'frame'
  children: GraphNode[]
  /** Where a click on its name leads. */
  address?: string
  isMarked?: boolean
  /** The flow that this task starts; `isOpen` when its tasks are drawn within. */
  subflow?: Subflow
  isOpen?: boolean
  /** By what the runs of this task are found: its id, behind the path of the subflow it is in. */
  key?: string
  /** Where it is written in the flow; what is in an opened subflow is written elsewhere. */
  place?: Path
  /** The whole name of its type. */
  cls?: string
  /** What it is for, in Markdown. */
  description?: string
  /** The condition for it to run. */
  runIf?: string
  /** Where a task before or behind it would stand, where no edge leads there. */
  before?: Slot
  after?: Slot
  /** A frame that is drawn as a single node: how many tasks are in it. */
  folded?: number
}

export interface Subflow {
  namespace: string
  flowId: string
  revision?: number
}

interface GraphEdge {
  id: string
  source: string
  target: string
  label?: string
  isError?: boolean
  /** Where a task that is added here would stand. */
  slot?: Slot
  /** That is behind all others, wherever the edge leads. */
  isSide?: boolean
}

export interface Graph {
  nodes: GraphNode[]
  edges: GraphEdge[]
  /** It can be edited: there must be room for buttons. */
  isEdited?: boolean
}

export interface Drawable {
  tasks?: unknown
  errors?: unknown
  finally?: unknown
  triggers?: unknown
}

/** A task with its place; undefined in an opened subflow. */
interface Item {
  task: TaskSpec
  place: Path | undefined
}

interface Branch {
  label: string
  tasks: Item[]
  isParallel?: boolean
  isError?: boolean
}

/** What is being typed may be anything; what is no list of tasks is drawn as nothing. */
function tasksIn(value: unknown, list: Path | undefined): Item[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((item: unknown, index) => (isTask(item) ? [{ task: item, place: within(list, index) }] : []))
}

const isTask = (item: unknown): item is TaskSpec => typeof item === 'object' && item !== null && typeof (item as TaskSpec).id === 'string'

export const shortType = (type: unknown): string => (typeof type === 'string' ? (type.split('.').at(-1) ?? type) : '')

function branchesOf({ task, place }: Item): Branch[] {
  const branches: Branch[] = []
  const add = (label: string, value: unknown, list: Path | undefined, more: Partial<Branch> = {}) => {
    const tasks = tasksIn(value, list)
    if (tasks.length) branches.push({ label, tasks, ...more })
  }
  const kind = shortType(task.type)
  add('', task.tasks, within(place, 'tasks'), { isParallel: kind === 'Parallel' || kind === 'EachParallel' })
  add('then', task.then, within(place, 'then'))
  add('else', task.else, within(place, 'else'))
  if (typeof task.cases === 'object' && task.cases !== null) {
    for (const [name, tasks] of Object.entries(task.cases)) add(name, tasks, within(place, 'cases', name))
  }
  add('defaults', task.defaults, within(place, 'defaults'))
  add('errors', task.errors, within(place, 'errors'), { isError: true })
  add('finally', task.finally, within(place, 'finally'))
  return branches
}

interface DagItem extends Item {
  dependsOn: string[]
}

function dagIn({ task, place }: Item): DagItem[] {
  if (!Array.isArray(task.tasks)) return []
  return (task.tasks as { task?: TaskSpec; dependsOn?: string[] }[]).flatMap((item, index) =>
    typeof item === 'object' && item !== null && isTask(item.task)
      ? [{ task: item.task, place: within(place, 'tasks', index, 'task'), dependsOn: Array.isArray(item.dependsOn) ? item.dependsOn : [] }]
      : [],
  )
}

const EXPRESSION = /\{\{|\{%/

/** The flow that a task starts, where its name is written plainly. */
function subflowOf({ namespace, flowId, revision }: TaskSpec): Subflow | undefined {
  if (typeof namespace !== 'string' || typeof flowId !== 'string' || EXPRESSION.test(namespace + flowId)) return undefined
  return { namespace, flowId, ...(typeof revision === 'number' ? { revision } : {}) }
}

/** Flows of subflow tasks that are opened, by the id of their node. */
export type Opened = ReadonlyMap<string, Drawable>

/** What a node says of its task, beside its id. */
function toldOf({ task, place }: Item): Partial<GraphNode> {
  const { type, description, runIf } = task
  return {
    ...(place ? { place } : {}),
    ...(typeof type === 'string' ? { cls: type } : {}),
    ...(typeof description === 'string' && description.trim() ? { description } : {}),
    ...(runIf === undefined || runIf === null || runIf === '' ? {} : { runIf: typeof runIf === 'object' ? JSON.stringify(runIf) : String(runIf as string) }),
  }
}

interface Linked extends Omit<Partial<GraphEdge>, 'slot'> {
  slot?: Slot | undefined
}

class Builder {
  readonly edges: GraphEdge[] = []

  constructor(private readonly opened: Opened, private readonly within = '') {}

  link(source: string, target: string, { slot, ...more }: Linked = {}): void {
    this.edges.push({ id: `${source}→${target}`, source, target, ...more, ...(slot ? { slot } : {}) })
  }

  node(item: Item, path: string): GraphNode {
    const { task } = item
    const id = `${path}/${task.id}`
    const own: GraphNode = { id, title: task.id, type: shortType(task.type), kind: 'task', children: [], key: this.within + task.id, ...toldOf(item) }
    const subflow = subflowOf(task)
    const inner = subflow && this.opened.get(id)
    if (inner) return this.openedNode({ ...own, subflow, isOpen: true }, inner)
    if (subflow) return { ...own, subflow }
    const branches = branchesOf(item)
    const dag = dagIn(item)
    if (!branches.length && !dag.length) return own
    const head = { ...own, id: `${id}/.head` }
    const children = [head, ...this.dag(dag, head.id, id)]
    for (const branch of branches) children.push(...this.branch(branch, head.id, id))
    return { ...own, kind: 'frame', children }
  }

  /** A subflow as a frame: the task that starts it, and its own tasks behind that. */
  private openedNode(own: GraphNode, flow: Drawable): GraphNode {
    const inner = new Builder(this.opened, `${own.id}:`)
    const head = { ...own, id: `${own.id}/.head` }
    const nodes = inner.chain(tasksIn(flow.tasks, undefined), own.id)
    this.edges.push(...inner.edges)
    if (nodes[0]) this.link(head.id, nodes[0].id)
    return { ...own, kind: 'frame', children: [head, ...nodes] }
  }

  /** Tasks one after the other. */
  chain(tasks: Item[], path: string): GraphNode[] {
    const nodes = tasks.map((task) => this.node(task, path))
    nodes.forEach((node, index) => {
      const before = nodes[index - 1]
      if (before) this.link(before.id, node.id, { slot: slotAt(node) })
    })
    endWith(nodes)
    return nodes
  }

  /** The tasks of a branch, one after the other or side by side, hung below `from`. */
  branch({ tasks, label, isParallel = false, isError = false }: Branch, from: string, path: string): GraphNode[] {
    const nodes = tasks.map((task) => this.node(task, label ? `${path}/${label}` : path))
    nodes.forEach((node, index) => {
      const before = isParallel ? undefined : nodes[index - 1]
      const isFirst = index === 0 || isParallel
      const slot = isParallel ? slotAt(nodes.at(-1), 1) : slotAt(node)
      this.link(before?.id ?? from, node.id, { slot, ...(isParallel ? { isSide: true } : {}), ...(isFirst && label ? { label } : {}), ...(isError ? { isError } : {}) })
    })
    if (!isParallel) endWith(nodes)
    return nodes
  }

  private dag(items: DagItem[], head: string, path: string): GraphNode[] {
    const nodes = items.map((item) => this.node(item, path))
    const end = slotAt(nodes.at(-1), 1)
    const behind = (id: string): Slot | undefined => end && { ...end, dependsOn: [id] }
    const needed = new Set(items.flatMap(({ dependsOn }) => dependsOn))
    items.forEach(({ task: { id }, dependsOn }, index) => {
      if (!dependsOn.length) this.link(head, `${path}/${id}`, { slot: end && { ...end, dependsOn: [] }, isSide: true })
      for (const other of dependsOn) this.link(`${path}/${other}`, `${path}/${id}`, { slot: behind(other) })
      const [node, after] = [nodes[index], behind(id)]
      if (node && after && !needed.has(id)) node.after = after
    })
    return nodes
  }
}

/** Where a task would stand in the place of this one, or `further` behind it. */
function slotAt(node: GraphNode | undefined, further = 0): Slot | undefined {
  if (!node?.place) return undefined
  const { list, index } = listOf(node.place)
  return { list, index: index + further }
}

/** Says of the last task of a chain where one behind it would stand. */
function endWith(nodes: readonly GraphNode[]): void {
  const last = nodes.at(-1)
  const after = slotAt(last, 1)
  if (last && after) last.after = after
}

export function graphOf(flow: Drawable, opened: Opened = new Map()): Graph {
  const builder = new Builder(opened)
  const main = builder.chain(tasksIn(flow.tasks, ['tasks']), '')
  const triggers = tasksIn(flow.triggers, ['triggers']).map(
    (item): GraphNode => ({ id: `triggers/${item.task.id}`, title: item.task.id, type: shortType(item.task.type), kind: 'trigger', children: [], ...toldOf(item) }),
  )
  const [first, last] = [main[0], main.at(-1)]
  const start = slotAt(first)
  if (first) triggers.forEach((trigger, index) => builder.link(trigger.id, first.id, { slot: index ? undefined : start }))
  if (first && start && !triggers.length) first.before = start
  const after = last
    ? [
        ...builder.branch({ label: 'errors', tasks: tasksIn(flow.errors, ['errors']), isError: true }, last.id, ''),
        ...builder.branch({ label: 'finally', tasks: tasksIn(flow.finally, ['finally']) }, last.id, ''),
      ]
    : []
  return { nodes: [...triggers, ...main, ...after], edges: builder.edges }
}

/** The ids of all tasks of a flow, in the order in which they are written. */
export function taskIdsOf(flow: Drawable): string[] {
  const ids = new Set<string>()
  const visit = ({ title, kind, children }: GraphNode) => {
    if (kind !== 'trigger') ids.add(title)
    children.forEach(visit)
  }
  graphOf(flow).nodes.forEach(visit)
  return [...ids]
}
