import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react'
import { t } from '../language'
import { AddTask } from './EditedNode'
import type { Slot } from './slots'
import { placeOfWords } from './WordedEdge'

interface Data {
  isAlone?: boolean
  slot?: Slot
  from?: string
  to?: string
  /** What is added stands last in a list, wherever this edge leads. */
  isSide?: boolean
}

/** An edge on which a task can be added; its words, if it has any, stand beside the button. */
export function EditedEdge({ id, label, markerEnd = '', data, ...ends }: EdgeProps) {
  const { isAlone = false, slot, from = '', to = '', isSide = false } = (data ?? {}) as Data
  const { path, transform, isDown } = placeOfWords(ends, isAlone)
  const name = isSide ? t`Add a task beside ${to}` : slot?.dependsOn?.length ? t`Add a task that needs ${from}` : t`Add a task before ${to}`
  return (
    <>
      <BaseEdge id={id} path={path} markerEnd={markerEnd} />
      <EdgeLabelRenderer>
        <div className="edge-edited" data-down={isDown || undefined} style={{ transform }}>
          {slot && <AddTask slot={slot} name={name} className="add-between" />}
          {label !== undefined && <span className="edge-words cut" title={String(label)}>{label}</span>}
        </div>
      </EdgeLabelRenderer>
    </>
  )
}
