import { useCallback, useMemo, useSyncExternalStore } from 'react'
import type { Drawable, Graph, GraphNode } from './graph'
import { nodesIn } from './found'

type Ids = ReadonlySet<string>

const NONE: Ids = new Set()
/** By flow, as long as the pages are open: going to another part of a page and back changes nothing. */
const kept = new Map<string, Ids>()
const listeners = new Set<() => void>()

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function nameOf(flow: Drawable): string {
  const { namespace, id } = flow as { namespace?: unknown; id?: unknown }
  return `${String(namespace)}.${String(id)}`
}

/** Which frames of a flow are folded. */
export function useFolded(flow: Drawable): { folded: Ids; fold: (node: GraphNode) => void } {
  const name = nameOf(flow)
  const folded = useSyncExternalStore(subscribe, () => kept.get(name) ?? NONE)
  const fold = useCallback(
    ({ id }: GraphNode) => {
      const next = new Set(kept.get(name))
      if (!next.delete(id)) next.add(id)
      kept.set(name, next)
      for (const listener of listeners) listener()
    },
    [name],
  )
  return useMemo(() => ({ folded, fold }), [folded, fold])
}

/** A graph with some of its frames drawn as single nodes; itself where none of them are there. */
export function foldedGraph(graph: Graph, folded: Ids): Graph {
  if (!folded.size) return graph
  const gone = new Set<string>()
  const visit = (node: GraphNode): GraphNode => {
    if (node.kind !== 'frame') return node
    if (!folded.has(node.id)) return { ...node, children: node.children.map(visit) }
    const forget = ({ id, children }: GraphNode) => {
      gone.add(id)
      children.forEach(forget)
    }
    node.children.forEach(forget)
    // The first of them is the flowable itself.
    return { ...node, kind: 'task', children: [], folded: nodesIn({ nodes: node.children, edges: [] }).length - 1 }
  }
  const nodes = graph.nodes.map(visit)
  if (!gone.size) return graph
  return { ...graph, nodes, edges: graph.edges.filter(({ source, target }) => !gone.has(source) && !gone.has(target)) }
}
