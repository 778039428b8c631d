import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, Position, type EdgeProps } from '@xyflow/react'
import { ARROW_PX, PART_PX } from './words'

/** An edge with words. They stand above all lines, before their target where they are `alone` there. */
export function WordedEdge({ id, sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition, label, markerEnd = '', data }: EdgeProps) {
  const isDown = targetPosition === Position.Top
  const isAlone = data?.isAlone === true
  const [path, middleX, middleY] = getSmoothStepPath({
    sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition,
    // Edges of one node part close to it; what follows of each is its own.
    ...(isAlone ? { stepPosition: 0, offset: PART_PX[isDown ? 'DOWN' : 'RIGHT'] } : {}),
  })
  const middle = `translate(-50%, -50%) translate(${middleX}px, ${middleY}px)`
  const above = `translate(-50%, -100%) translate(${targetX}px, ${targetY - ARROW_PX}px)`
  const before = `translate(-100%, -50%) translate(${targetX - ARROW_PX}px, ${targetY}px)`
  return (
    <>
      <BaseEdge id={id} path={path} markerEnd={markerEnd} />
      <EdgeLabelRenderer>
        <div className="edge-words cut" title={String(label)} style={{ transform: isAlone ? (isDown ? above : before) : middle }}>{label}</div>
      </EdgeLabelRenderer>
    </>
  )
}
