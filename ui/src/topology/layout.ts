import ELK, { type ElkNode } from 'elkjs/lib/elk-api.js'
import ElkWorker from 'elkjs/lib/elk-worker.min.js?worker'
import { MarkerType, type Edge, type Node } from '@xyflow/react'
import type { Graph, GraphNode } from './graph'
import { Pictures } from './pictures'
import { alone, roomFor } from './words'

export type Direction = 'DOWN' | 'RIGHT'

const NODE_HEIGHT = 44
const CHARACTER_PX = 8
const NODE_PADDING = 50
const MIN_WIDTH = 130
const MAX_WIDTH = 330

const elk = new ELK({ workerFactory: () => new ElkWorker() })

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.layered.spacing.nodeNodeBetweenLayers': '36',
  'elk.spacing.nodeNode': '24',
  'elk.layered.considerModelOrder.strategy': 'PREFER_EDGES',
  'elk.padding': '[top=14,left=14,bottom=14,right=14]',
}

function widthOf({ title, type }: GraphNode): number {
  const longest = Math.max(title.length, type.length)
  return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, longest * CHARACTER_PX + NODE_PADDING))
}

type Options = Readonly<Record<string, string>>

function toElk(node: GraphNode, options: Options): ElkNode {
  if (node.kind !== 'frame') return { id: node.id, width: widthOf(node), height: NODE_HEIGHT }
  return { id: node.id, layoutOptions: options, children: node.children.map((child) => toElk(child, options)) }
}

export interface Placed {
  direction: Direction
  nodes: Node<{ node: GraphNode; direction: Direction }>[]
  edges: Edge[]
}

/** Places a graph; runs in a worker, so that a large flow does not stop the typing. */
async function place(graph: Graph, direction: Direction): Promise<Placed> {
  const room = roomFor(graph.edges, direction)
  const options = { ...OPTIONS, ...(room ? { 'elk.layered.spacing.nodeNodeBetweenLayers': String(room) } : {}) }
  const root = await elk.layout({
    id: 'root',
    layoutOptions: { ...options, 'elk.direction': direction },
    children: graph.nodes.map((node) => toElk(node, options)),
    edges: graph.edges.map(({ id, source, target }) => ({ id, sources: [source], targets: [target] })),
  })
  const known = new Map<string, GraphNode>()
  const remember = (node: GraphNode) => {
    known.set(node.id, node)
    node.children.forEach(remember)
  }
  graph.nodes.forEach(remember)
  const nodes: Placed['nodes'] = []
  const put = (item: ElkNode, parentId?: string) => {
    const node = known.get(item.id)
    if (!node) return
    const size = { width: item.width ?? MIN_WIDTH, height: item.height ?? NODE_HEIGHT }
    nodes.push({
      id: item.id,
      type: node.kind === 'frame' ? 'frame' : 'task',
      position: { x: item.x ?? 0, y: item.y ?? 0 },
      ...size,
      measured: size,
      data: { node, direction },
      draggable: false,
      ...(parentId ? { parentId } : {}),
    })
    item.children?.forEach((child) => put(child, item.id))
  }
  root.children?.forEach((child) => put(child))
  const isAlone = alone(graph.edges)
  const edges = graph.edges.map(
    (edge): Edge => ({
      id: edge.id,
      source: edge.source,
      target: edge.target,
      type: edge.label ? 'worded' : 'smoothstep',
      className: edge.isError ? 'edge-error' : '',
      zIndex: 1,
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
      ...(edge.label ? { label: edge.label, data: { isAlone: isAlone.has(edge.id) } } : {}),
    }),
  )
  return { direction, nodes, edges }
}

export const pictures = new Pictures(place)
