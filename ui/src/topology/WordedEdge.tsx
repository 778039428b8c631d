import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, Position, type EdgeProps } from '@xyflow/react'
import { ARROW_PX, PART_PX } from './words'

type Ends = Pick<EdgeProps, 'sourceX' | 'sourceY' | 'sourcePosition' | 'targetX' | 'targetY' | 'targetPosition'>

/** The way of an edge, and where its words stand: before its target where they are alone there, else in the middle. */
export function placeOfWords({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition }: Ends, isAlone: boolean) {
  const isDown = targetPosition === Position.Top
  const [path, middleX, middleY] = getSmoothStepPath({
    sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition,
    // Edges of one node part close to it; what follows of each is its own.
    ...(isAlone ? { stepPosition: 0, offset: PART_PX[isDown ? 'DOWN' : 'RIGHT'] } : {}),
  })
  const middle = `translate(-50%, -50%) translate(${middleX}px, ${middleY}px)`
  const above = `translate(-50%, -100%) translate(${targetX}px, ${targetY - ARROW_PX}px)`
  const before = `translate(-100%, -50%) translate(${targetX - ARROW_PX}px, ${targetY}px)`
  return { path, isDown, transform: isAlone ? (isDown ? above : before) : middle }
}

/** An edge with words. They stand above all lines, before their target where they are `alone` there. */
export function WordedEdge({ id, label, markerEnd = '', data, ...ends }: EdgeProps) {
  const { path, transform } = placeOfWords(ends, data?.isAlone === true)
  return (
    <>
      <BaseEdge id={id} path={path} markerEnd={markerEnd} />
      <EdgeLabelRenderer>
        <div className="edge-words cut" title={String(label)} style={{ transform }}>{label}</div>
      </EdgeLabelRenderer>
    </>
  )
}
