import { MiniMap, useInternalNode, useReactFlow, useStore, type MiniMapNodeProps } from '@xyflow/react'
import { useContext, useMemo } from 'react'
import { t } from '../language'
import { FoundNodes, RunsOfTask, runsOf } from './contexts'
import type { Placed } from './layout'

/** Where there is less room it would hide more than it shows. */
const ROOM = { width: 640, height: 360 }

/** The whole picture in a corner, where not all of it can be read at once. A click goes there. */
export function CornerMap({ of, readable }: { of: Placed; readable: number }) {
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  const { getZoom, setCenter } = useReactFlow()
  const size = useMemo(() => sizeOf(of), [of])
  const isWhole = size.width * readable <= width && size.height * readable <= height
  if (isWhole || width < ROOM.width || height < ROOM.height) return null
  return (
    <MiniMap
      className="picture-map" ariaLabel={t`Map of the whole picture`} pannable zoomable nodeComponent={MapNode} maskStrokeWidth={2}
      onClick={(_, { x, y }) => void setCenter(x, y, { zoom: getZoom() })}
    />
  )
}

function sizeOf({ nodes }: Placed): { width: number; height: number } {
  const size = { width: 0, height: 0 }
  for (const { position, parentId, width = 0, height = 0 } of nodes) {
    if (parentId) continue
    size.width = Math.max(size.width, position.x + width)
    size.height = Math.max(size.height, position.y + height)
  }
  return size
}

function MapNode({ id, x, y, width, height }: MiniMapNodeProps) {
  const node = useInternalNode<Placed['nodes'][number]>(id)?.data.node
  const mine = runsOf(node, useContext(RunsOfTask))
  const { ids, current } = useContext(FoundNodes)
  const hit = current === id ? 'current' : ids.includes(id) || undefined
  return <rect className="map-node" data-kind={node?.kind} data-state={mine?.state} data-hit={hit} x={x} y={y} width={width} height={height} rx={6} />
}
