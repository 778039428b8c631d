import type { Graph, GraphNode } from './graph'

/** The nodes that a text has found, in the order in which they are written, and the one that is looked at. */
export interface Found {
  ids: readonly string[]
  current: string | undefined
}

export const NOTHING_FOUND: Found = { ids: [], current: undefined }

/** All nodes of a graph but frames, whose tasks are nodes in them. */
export function nodesIn({ nodes }: Graph): GraphNode[] {
  const all: GraphNode[] = []
  const visit = (node: GraphNode) => {
    if (node.kind !== 'frame') all.push(node)
    node.children.forEach(visit)
  }
  nodes.forEach(visit)
  return all
}

/** Nodes whose id has a text in it, whatever its case. */
export function fitting(nodes: readonly GraphNode[], text: string): string[] {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return []
  return nodes.filter(({ title }) => title.toLowerCase().includes(wanted)).map(({ id }) => id)
}

/** `step` further than `place` among `count`, round and round. */
export const further = (place: number, step: number, count: number) => (count ? (((place + step) % count) + count) % count : 0)
