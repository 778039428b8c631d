import type { TaskSpec, TriggerSpec } from '../api/types'

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
}

export interface Graph {
  nodes: GraphNode[]
  edges: GraphEdge[]
}

export interface Drawable {
  tasks?: unknown
  errors?: unknown
  finally?: unknown
  triggers?: unknown
}

interface Branch {
  label: string
  tasks: TaskSpec[]
  isParallel?: boolean
  isError?: boolean
}

/** What is being typed may be anything; what is no list of tasks is drawn as nothing. */
function tasksIn(value: unknown): TaskSpec[] {
  if (!Array.isArray(value)) return []
  return value.filter((item): item is TaskSpec => typeof item === 'object' && item !== null && typeof (item as TaskSpec).id === 'string')
}

export const shortType = (type: unknown): string => (typeof type === 'string' ? (type.split('.').at(-1) ?? type) : '')

function branchesOf(task: TaskSpec): Branch[] {
  const branches: Branch[] = []
  const add = (label: string, value: unknown, more: Partial<Branch> = {}) => {
    const tasks = tasksIn(value)
    if (tasks.length) branches.push({ label, tasks, ...more })
  }
  const kind = shortType(task.type)
  add('', task.tasks, { isParallel: kind === 'Parallel' || kind === 'EachParallel' })
  add('then', task.then)
  add('else', task.else)
  if (typeof task.cases === 'object' && task.cases !== null) {
    for (const [name, tasks] of Object.entries(task.cases)) add(name, tasks)
  }
  add('defaults', task.defaults)
  add('errors', task.errors, { isError: true })
  add('finally', task.finally)
  return branches
}

interface DagItem {
  task: TaskSpec
  dependsOn: string[]
}

function dagIn(task: TaskSpec): DagItem[] {
  if (!Array.isArray(task.tasks)) return []
  return (task.tasks as { task?: TaskSpec; dependsOn?: string[] }[]).flatMap((item) =>
    typeof item === 'object' && item !== null && typeof item.task?.id === 'string'
      ? [{ task: item.task, dependsOn: Array.isArray(item.dependsOn) ? item.dependsOn : [] }]
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

class Builder {
  readonly edges: GraphEdge[] = []

  constructor(private readonly opened: Opened, private readonly within = '') {}

  link(source: string, target: string, more: Partial<GraphEdge> = {}): void {
    this.edges.push({ id: `${source}→${target}`, source, target, ...more })
  }

  node(task: TaskSpec, path: string): GraphNode {
    const id = `${path}/${task.id}`
    const own: GraphNode = { id, title: task.id, type: shortType(task.type), kind: 'task', children: [], key: this.within + task.id }
    const subflow = subflowOf(task)
    const inner = subflow && this.opened.get(id)
    if (inner) return this.openedNode({ ...own, subflow, isOpen: true }, inner)
    if (subflow) return { ...own, subflow }
    const branches = branchesOf(task)
    const dag = dagIn(task)
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
    const nodes = inner.chain(tasksIn(flow.tasks), own.id)
    this.edges.push(...inner.edges)
    if (nodes[0]) this.link(head.id, nodes[0].id)
    return { ...own, kind: 'frame', children: [head, ...nodes] }
  }

  /** Tasks one after the other. */
  chain(tasks: TaskSpec[], path: string): GraphNode[] {
    const nodes = tasks.map((task) => this.node(task, path))
    nodes.forEach((node, index) => {
      const before = nodes[index - 1]
      if (before) this.link(before.id, node.id)
    })
    return nodes
  }

  /** The tasks of a branch, one after the other or side by side, hung below `from`. */
  branch({ tasks, label, isParallel = false, isError = false }: Branch, from: string, path: string): GraphNode[] {
    const nodes = tasks.map((task) => this.node(task, label ? `${path}/${label}` : path))
    nodes.forEach((node, index) => {
      const before = isParallel ? undefined : nodes[index - 1]
      const isFirst = index === 0 || isParallel
      this.link(before?.id ?? from, node.id, { ...(isFirst && label ? { label } : {}), ...(isError ? { isError } : {}) })
    })
    return nodes
  }

  private dag(items: DagItem[], head: string, path: string): GraphNode[] {
    for (const { task, dependsOn } of items) {
      if (!dependsOn.length) this.link(head, `${path}/${task.id}`)
      for (const other of dependsOn) this.link(`${path}/${other}`, `${path}/${task.id}`)
    }
    return items.map(({ task }) => this.node(task, path))
  }
}

export function graphOf(flow: Drawable, opened: Opened = new Map()): Graph {
  const builder = new Builder(opened)
  const main = builder.chain(tasksIn(flow.tasks), '')
  const triggers = tasksIn(flow.triggers).map(
    (trigger): GraphNode => ({ id: `triggers/${trigger.id}`, title: trigger.id, type: shortType((trigger as TriggerSpec).type), kind: 'trigger', children: [] }),
  )
  const [first, last] = [main[0], main.at(-1)]
  if (first) for (const trigger of triggers) builder.link(trigger.id, first.id)
  const after = last
    ? [
        ...builder.branch({ label: 'errors', tasks: tasksIn(flow.errors), isError: true }, last.id, ''),
        ...builder.branch({ label: 'finally', tasks: tasksIn(flow.finally) }, last.id, ''),
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
