import '@xyflow/react/dist/style.css'
import './topology.css'

import { useComputedColorScheme, useMantineTheme } from '@mantine/core'
import { Background, Controls, ReactFlow, ReactFlowProvider, useNodesInitialized, useReactFlow, useStore } from '@xyflow/react'
import { useMediaQuery } from '@mantine/hooks'
import { createContext, useEffect, useMemo, useState } from 'react'
import type { TaskRun } from '../api/types'
import { graphOf, type Drawable, type Graph, type GraphNode } from './graph'
import { placed, type Placed } from './layout'
import { Frame, TaskNode } from './nodes'
import type { TaskRuns } from './runs'
import { useOpened } from './useOpened'

const TYPES = { task: TaskNode, frame: Frame }
const READABLE = 0.75
const MOST_IN_A_ROW = 7
const MARGIN = 16

/** How many nodes stand behind each other, those within frames too; branches side by side count as well. */
const inARow = (nodes: readonly GraphNode[]): number => nodes.reduce((sum, node) => sum + Math.max(1, inARow(node.children)), 0)

export const RunsOfTask = createContext<ReadonlyMap<string, TaskRuns> | undefined>(undefined)

export const ToggleSubflow = createContext<((node: GraphNode) => void) | undefined>(undefined)

interface Props {
  flow: Drawable
  runs?: readonly TaskRun[]
  height: string
  /** For a narrow place: from top to bottom whatever the flow. */
  isDown?: boolean
}

/** A flow as a picture; with task runs, coloured by what became of them. */
export default function Topology({ flow, runs, height, isDown = false }: Props) {
  const { opened, states, toggle } = useOpened(runs)
  const graph = useMemo(() => graphOf(flow, opened), [flow, opened])
  return (
    <ToggleSubflow.Provider value={toggle}>
      <Picture graph={graph} states={states} height={height} isDown={isDown} />
    </ToggleSubflow.Provider>
  )
}

interface PictureProps {
  graph: Graph
  states?: ReadonlyMap<string, TaskRuns> | undefined
  height: string
  isDown?: boolean
}

/** Nodes and what leads from one to another, placed so that they can be read. */
export function Picture({ graph, states, height, isDown = false }: PictureProps) {
  const [picture, setPicture] = useState<Placed>()
  const isNarrow = useMediaQuery(`(max-width: ${useMantineTheme().breakpoints.sm})`)
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    let isCurrent = true
    void placed(graph, isDown || isNarrow || inARow(graph.nodes) > MOST_IN_A_ROW ? 'DOWN' : 'RIGHT').then((next) => isCurrent && setPicture(next))
    return () => {
      isCurrent = false
    }
  }, [graph, isNarrow, isDown])
  return (
    <div className="panel" style={{ height, minHeight: 260 }} data-drawn={picture ? true : undefined} aria-busy={picture ? undefined : true}>
      <ReactFlowProvider>
        <RunsOfTask.Provider value={states}>
          {picture && (
            <ReactFlow
              // Where edges meet a node is measured once: another direction is another picture.
              key={picture.direction} nodes={picture.nodes} edges={picture.edges} nodeTypes={TYPES} colorMode={scheme} minZoom={0.2} maxZoom={1.6}
              nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} proOptions={{ hideAttribution: true }}
              ariaLabelConfig={{ 'controls.ariaLabel': 'Picture' }}
            >
              <Background gap={24} />
              <Controls showInteractive={false} />
              <Fit of={picture} />
            </ReactFlow>
          )}
        </RunsOfTask.Provider>
      </ReactFlowProvider>
    </div>
  )
}

/** Shows the whole picture, or where it begins when the whole would be too small to read. */
function Fit({ of }: { of: Placed }) {
  const { fitView, getNodesBounds, getViewport, setViewport } = useReactFlow()
  const isReady = useNodesInitialized()
  // Nodes know their size before the frame knows its own: without one there is nothing to fit into.
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  useEffect(() => {
    if (!isReady || width <= 0) return
    void fitView({ padding: 0.08, maxZoom: 1, minZoom: READABLE }).then(() => {
      const bounds = getNodesBounds(of.nodes.filter(({ parentId }) => !parentId))
      const { x, y, zoom } = getViewport()
      const isCut = { x: bounds.width * zoom > width, y: bounds.height * zoom > height }
      if (isCut.x || isCut.y) void setViewport({ x: isCut.x ? MARGIN - bounds.x * zoom : x, y: isCut.y ? MARGIN - bounds.y * zoom : y, zoom })
    })
  }, [isReady, width, height, fitView, getNodesBounds, getViewport, setViewport, of])
  return null
}
