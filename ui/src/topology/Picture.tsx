import '@xyflow/react/dist/style.css'
import { HEARD } from './heard'
import './topology.css'

import { DEFAULT_THEME, useComputedColorScheme } from '@mantine/core'
import { Background, Controls, ReactFlow, ReactFlowProvider, useReactFlow, type ReactFlowProps } from '@xyflow/react'
import { useMediaQuery } from '@mantine/hooks'
import { memo, useDeferredValue, useEffect, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { t } from '../language'
import { FoundNodes, RunsOfTask } from './contexts'
import { CornerMap } from './CornerMap'
import { Finder, type Sought } from './Finder'
import { Fit } from './Fit'
import { fitting, further, nodesIn, type Found } from './found'
import type { Graph } from './graph'
import { pictures, type Direction, type Placed } from './layout'
import { Frame, TaskNode } from './nodes'
import { directionOf } from './pictures'
import type { TaskRuns } from './runs'
import { WordedEdge } from './WordedEdge'

const TYPES = { task: TaskNode, frame: Frame }
const EDGES = { worded: WordedEdge }
/** Where pictures go from top to bottom. */
export const NARROW = `(max-width: ${DEFAULT_THEME.breakpoints.sm})`
const READABLE = 0.75
/** Fewer are seen at a glance. */
const SEARCHED_FROM = 8
const STEP_PX = 80

interface PictureProps {
  graph: Graph
  states?: ReadonlyMap<string, TaskRuns> | undefined
  height: string
  isDown?: boolean
  /** What the nodes are called where they are searched. */
  what?: Sought
  /** Instead of a picture that is only looked at. */
  draw?: ((picture: Placed) => ReactNode) | undefined
  /** Stays as it is when what is drawn becomes more or less. */
  keptDirection?: Direction | undefined
  children?: ReactNode
}

/** Nodes and what leads from one to another, placed so that they can be read; many of them can be searched. */
export function Picture({ graph, states, height, isDown = false, what = 'task', draw = drawn, keptDirection, children }: PictureProps) {
  const isNarrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false })
  const direction = keptDirection ?? directionOf(graph, isDown || isNarrow)
  const [shown, setShown] = useState<Placed>()
  useEffect(() => {
    let isCurrent = true
    void pictures.placed(graph, direction).then((next) => isCurrent && setShown(next))
    return () => {
      isCurrent = false
    }
  }, [graph, direction])
  // Until a graph is placed, the picture before it stays.
  const placed = pictures.ready(graph, direction)
  const picture = placed ?? shown
  const { nodes, text, search, found, step } = useSearch(graph)
  const isSearched = !isDown && nodes.length >= SEARCHED_FROM
  return (
    <div className="panel picture" style={{ height, minHeight: 260 }} data-drawn={picture ? true : undefined} aria-busy={placed ? undefined : true}>
      <ReactFlowProvider>
        <RunsOfTask.Provider value={states}>
          <FoundNodes.Provider value={found}>
            {isSearched && <Finder what={what} text={text} onText={search} found={found} onStep={step} />}
            {picture && draw(picture)}
            {children}
          </FoundNodes.Provider>
        </RunsOfTask.Provider>
      </ReactFlowProvider>
    </div>
  )
}

const drawn = (picture: Placed) => <Canvas picture={picture} />

/** What a text finds in a graph, and which of it is looked at. */
function useSearch(graph: Graph) {
  const [{ text, place }, setSearch] = useState({ text: '', place: 0 })
  const nodes = useMemo(() => nodesIn(graph), [graph])
  const wanted = useDeferredValue(text)
  const ids = useMemo(() => fitting(nodes, wanted), [nodes, wanted])
  // A picture that changes while it is searched may have fewer of them.
  const current = ids[Math.min(place, ids.length - 1)]
  const found = useMemo((): Found => ({ ids, current }), [ids, current])
  return {
    nodes,
    text,
    found,
    search: (next: string) => setSearch({ text: next, place: 0 }),
    step: (by: number) => setSearch((before) => ({ ...before, place: further(before.place, by, ids.length) })),
  }
}

interface CanvasProps extends ReactFlowProps<Placed['nodes'][number]> {
  picture: Placed
  /** A picture that takes the place of another stays where that was. */
  keepsPlace?: boolean
}

/** What ran and what is found changes the nodes alone. */
export const Canvas = memo(function Canvas({ picture, keepsPlace = false, children, ...rest }: CanvasProps) {
  const scheme = useComputedColorScheme('light')
  const onKeyDown = useKeys()
  return (
    <div className="picture-canvas" role="region" tabIndex={0} aria-label={t`Picture: arrows move it, plus and minus zoom, 0 shows all of it`} onKeyDown={onKeyDown}>
      <ReactFlow
        // Where edges meet a node is measured once: another direction is another picture.
        key={picture.direction} nodes={picture.nodes} edges={picture.edges} nodeTypes={TYPES} edgeTypes={EDGES} colorMode={scheme} minZoom={0.2} maxZoom={1.6}
        nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} proOptions={{ hideAttribution: true }} deleteKeyCode={null}
        ariaLabelConfig={HEARD} {...rest}
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
        <CornerMap of={picture} readable={READABLE} />
        <Fit of={picture} readable={READABLE} keepsPlace={keepsPlace} />
        {children}
      </ReactFlow>
    </div>
  )
})

/** Moves and zooms the picture, while it has the focus itself. */
function useKeys() {
  const { fitView, getViewport, setViewport, zoomIn, zoomOut } = useReactFlow()
  const move = (dx: number, dy: number) => {
    const { x, y, zoom } = getViewport()
    return setViewport({ x: x + dx * STEP_PX, y: y + dy * STEP_PX, zoom })
  }
  const acts: Readonly<Record<string, () => Promise<boolean>>> = {
    ArrowLeft: () => move(1, 0), ArrowRight: () => move(-1, 0), ArrowUp: () => move(0, 1), ArrowDown: () => move(0, -1),
    '+': zoomIn, '=': zoomIn, '-': zoomOut, '0': fitView,
  }
  return (event: KeyboardEvent) => {
    const act = event.target === event.currentTarget && !event.ctrlKey && !event.metaKey && !event.altKey ? acts[event.key] : undefined
    if (!act) return
    event.preventDefault()
    void act()
  }
}
