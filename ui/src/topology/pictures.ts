import { graphOf, type Drawable, type Graph, type GraphNode } from './graph'
import type { Direction, Placed } from './layout'

const MOST_IN_A_ROW = 7

/** How many nodes stand behind each other, those within frames too; branches side by side count as well. */
const inARow = (nodes: readonly GraphNode[]): number => nodes.reduce((sum, node) => sum + Math.max(1, inARow(node.children)), 0)

/** Beside each other, unless there is little room or there are many. */
export const directionOf = (graph: Graph, isNarrow: boolean): Direction => (isNarrow || inARow(graph.nodes) > MOST_IN_A_ROW ? 'DOWN' : 'RIGHT')

const graphs = new WeakMap<Drawable, Graph>()

/** The graph of a flow with its subflows closed: the same one for the same flow, so that it is placed once. */
export function closedGraphOf(flow: Drawable): Graph {
  // What is being typed may be anything.
  if (typeof flow !== 'object') return graphOf(flow)
  const graph = graphs.get(flow) ?? graphOf(flow)
  graphs.set(flow, graph)
  return graph
}

interface Entry {
  coming: Promise<Placed>
  picture?: Placed
}

/** Pictures of graphs: what has been placed once is there to be drawn at once. */
export class Pictures {
  private readonly entries = new WeakMap<Graph, Partial<Record<Direction, Entry>>>()

  constructor(private readonly place: (graph: Graph, direction: Direction) => Promise<Placed>) {}

  /** The picture of a graph, where it has been placed. */
  ready(graph: Graph, direction: Direction): Placed | undefined {
    return this.entries.get(graph)?.[direction]?.picture
  }

  /** Places a graph, unless that was or is being done; what fails is tried again when it is asked for again. */
  placed(graph: Graph, direction: Direction): Promise<Placed> {
    const entries = this.entries.get(graph) ?? {}
    this.entries.set(graph, entries)
    const known = entries[direction]
    if (known) return known.coming
    const entry: Entry = { coming: this.place(graph, direction) }
    entries[direction] = entry
    entry.coming.then(
      (picture) => {
        entry.picture = picture
      },
      () => {
        delete entries[direction]
      },
    )
    return entry.coming
  }
}
