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
/** Where there are buttons on nodes and between them. */
const EDITED_WIDTH = 170
const EDITED_ROOM: Readonly<Record<Direction, number>> = { RIGHT: 60, DOWN: 48 }
/** What a button takes beside words. */
const ADD_PX: Readonly<Record<Direction, number>> = { RIGHT: 24, DOWN: 24 }

const elk = new ELK({ workerFactory: () => new ElkWorker() })

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.layered.spacing.nodeNodeBetweenLayers': '36',
  'elk.spacing.nodeNode': '24',
  'elk.layered.considerModelOrder.strategy': 'PREFER_EDGES',
  'elk.padding': '[top=14,left=14,bottom=14,right=14]',
}

function widthOf({ title, type }: GraphNode, least: number): number {
  const longest = Math.max(title.length, type.length)
  return Math.min(MAX_WIDTH, Math.max(least, longest * CHARACTER_PX + NODE_PADDING))
}

type Options = Readonly<Record<string, string>>

function toElk(node: GraphNode, options: Options, least: number): ElkNode {
  if (node.kind !== 'frame') return { id: node.id, width: widthOf(node, least), height: NODE_HEIGHT }
  return { id: node.id, layoutOptions: options, children: node.children.map((child) => toElk(child, options, least)) }
}

export interface Placed {
  direction: Direction
  nodes: Node<{ node: GraphNode; direction: Direction }>[]
  edges: Edge[]
}

/** How far nodes stand from each other, where that is not what it is by default. */
function spaceIn({ edges, isEdited }: Graph, direction: Direction): number | undefined {
  const words = roomFor(edges, direction)
  return isEdited ? (words === undefined ? EDITED_ROOM[direction] : words + ADD_PX[direction]) : words
}

/** Places a graph; runs in a worker, so that a large flow does not stop the typing. */
async function place(graph: Graph, direction: Direction): Promise<Placed> {
  const room = spaceIn(graph, direction)
  const options = { ...OPTIONS, ...(room ? { 'elk.layered.spacing.nodeNodeBetweenLayers': String(room) } : {}) }
  const root = await elk.layout({
    id: 'root',
    layoutOptions: { ...options, 'elk.direction': direction },
    children: graph.nodes.map((node) => toElk(node, options, graph.isEdited ? EDITED_WIDTH : MIN_WIDTH)),
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
      className: edge.isError ? 'edge-error' : '',
      zIndex: 1,
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
      type: graph.isEdited && edge.slot ? 'edited' : edge.label ? 'worded' : 'smoothstep',
      ...(edge.label ? { label: edge.label } : {}),
      ...(edge.label || graph.isEdited ? { data: { isAlone: isAlone.has(edge.id), slot: edge.slot, isSide: edge.isSide, from: known.get(edge.source)?.title, to: known.get(edge.target)?.title } } : {}),
    }),
  )
  return { direction, nodes, edges }
}

export const pictures = new Pictures(place)
