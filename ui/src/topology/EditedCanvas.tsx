import { applyNodeChanges, Panel, useReactFlow, useStore, type NodeChange, type OnNodeDrag } from '@xyflow/react'
import { useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { ChosenPlace, DragTarget, EditsOf, type Target } from './editContexts'
import { EditedEdge } from './EditedEdge'
import { EditedFrame, EditedTask } from './EditedNode'
import type { GraphNode } from './graph'
import type { Placed } from './layout'
import { Canvas } from './Picture'
import { isSame } from './slots'
import { whyNotSwapped } from './edits'
import { WordedEdge } from './WordedEdge'

const TYPES = { task: EditedTask, frame: EditedFrame }
const EDGES = { worded: WordedEdge, edited: EditedEdge }
/** A press that moves less is a click. */
const DRAGGED_PX = 5

type PlacedNode = Placed['nodes'][number]

/** A picture whose tasks can be dragged onto each other; each goes back to its place. */
export function EditedCanvas({ picture, children }: { picture: Placed; children: ReactNode }) {
  const { screenToFlowPosition, getIntersectingNodes } = useReactFlow<PlacedNode>()
  const edits = useContext(EditsOf)
  const still = useMemo(() => picture.nodes.map((node) => (isDraggable(node.data.node) ? { ...node, draggable: true } : node)), [picture])
  const [{ of, nodes }, setNodes] = useState({ of: still, nodes: still })
  const [over, setOver] = useState<{ target: Target; node: GraphNode }>()
  const onNodesChange = useCallback(
    (changes: NodeChange<PlacedNode>[]) => {
      const moves = changes.filter(({ type }) => type === 'position')
      if (moves.length) setNodes((before) => ({ of: still, nodes: applyNodeChanges(moves, before.of === still ? before.nodes : still) }))
    },
    [still],
  )
  const targetOf = (event: MouseEvent | TouchEvent, dragged: PlacedNode): { target: Target; node: GraphNode } | undefined => {
    const { clientX, clientY } = 'changedTouches' in event ? (event.changedTouches[0] as Touch) : event
    const at = screenToFlowPosition({ x: clientX, y: clientY })
    const found = getIntersectingNodes({ ...at, width: 1, height: 1 }).find(({ id, data }) => id !== dragged.id && isDraggable(data.node))
    const [from, to] = [dragged.data.node.place, found?.data.node.place]
    return found && from && to ? { target: { id: found.id, refused: whyNotSwapped(from, to) }, node: found.data.node } : undefined
  }
  const onNodeDrag: OnNodeDrag<PlacedNode> = (event, dragged) => {
    const next = targetOf(event as unknown as MouseEvent | TouchEvent, dragged)
    setOver((before) => (before?.target.id === next?.target.id ? before : next))
  }
  const onNodeDragStop: OnNodeDrag<PlacedNode> = (event, dragged) => {
    const taken = targetOf(event as unknown as MouseEvent | TouchEvent, dragged)
    setOver(undefined)
    setNodes({ of: still, nodes: still })
    if (taken) edits?.swap(dragged.data.node, taken.node)
  }
  return (
    <DragTarget.Provider value={over?.target}>
      <Canvas
        picture={picture} nodes={of === still ? nodes : still} keepsPlace nodeTypes={TYPES} edgeTypes={EDGES} onNodesChange={onNodesChange} onNodeDrag={onNodeDrag} onNodeDragStop={onNodeDragStop}
        nodeDragThreshold={DRAGGED_PX} elementsSelectable={false}
      >
        <Reveal of={picture} />
        <KeptFocus />
        <Panel position="top-right">{children}</Panel>
      </Canvas>
    </DragTarget.Provider>
  )
}

const isDraggable = ({ kind, place }: GraphNode) => kind !== 'frame' && place !== undefined

/** Brings what was last edited into sight, where it is not. */
function Reveal({ of }: { of: Placed }) {
  const chosen = useContext(ChosenPlace)
  const { getInternalNode, getViewport, setCenter } = useReactFlow()
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  useEffect(() => {
    const id = chosen && of.nodes.findLast(({ data: { node } }) => node.kind !== 'frame' && node.place && isSame(node.place, chosen))?.id
    if (id === undefined) return
    // Behind the one that keeps the picture where it was.
    const frame = requestAnimationFrame(() => {
      const node = getInternalNode(id)
      if (!node) return
      const { x, y, zoom } = getViewport()
      const at = node.internals.positionAbsolute
      const size = { width: node.measured.width ?? 0, height: node.measured.height ?? 0 }
      const [left, top] = [at.x * zoom + x, at.y * zoom + y]
      const isInSight = left >= 0 && top >= 0 && left + size.width * zoom <= width && top + size.height * zoom <= height
      if (!isInSight) void setCenter(at.x + size.width / 2, at.y + size.height / 2, { zoom })
    })
    return () => cancelAnimationFrame(frame)
  }, [chosen, of, getInternalNode, getViewport, setCenter, width, height])
  return null
}

/** When what had the focus is drawn no more, the picture has it. */
function KeptFocus() {
  const nodes = useStore((state) => state.nodes)
  const canvas = useStore(({ domNode }) => domNode?.closest<HTMLElement>('.picture-canvas'))
  const hadFocus = useRef(false)
  useEffect(() => {
    const note = ({ target }: FocusEvent) => {
      hadFocus.current = canvas?.contains(target as Element) ?? false
    }
    document.addEventListener('focusin', note)
    return () => document.removeEventListener('focusin', note)
  }, [canvas])
  useEffect(() => {
    if (hadFocus.current && document.activeElement === document.body) canvas?.focus({ preventScroll: true })
  }, [nodes, canvas])
  return null
}
