import { useContext } from 'react'
import { t } from '../language'
import { NodeExtras } from './contexts'
import { ChosenPlace, DragTarget, EditsOf } from './editContexts'
import type { GraphNode } from './graph'
import { Icon } from './icons'
import type { Direction } from './layout'
import { Frame, TaskNode } from './nodes'
import { Tool } from './NodeTools'
import { isSame, type Slot } from './slots'

interface Props {
  id: string
  data: { node: GraphNode; direction: Direction }
}

/** A task that can be edited, dragged, and dropped on. */
export function EditedTask(props: Props) {
  const { node } = props.data
  const chosen = useContext(ChosenPlace)
  const target = useContext(DragTarget)
  const isChosen = chosen !== undefined && node.place !== undefined && isSame(chosen, node.place)
  const isOver = target?.id === props.id
  return (
    <div className="edited" data-chosen={isChosen || undefined} data-over={isOver ? (target.refused ? 'refused' : 'taken') : undefined} data-editable={node.place ? true : undefined}>
      <NodeExtras.Provider value={EditTools}>
        <TaskNode {...props} />
      </NodeExtras.Provider>
      <Ends {...props} />
    </div>
  )
}

export function EditedFrame(props: Props) {
  return (
    <>
      <Frame {...props} />
      <Ends {...props} />
    </>
  )
}

/** Seen while somebody points at the node or is in it, and always where nobody can point. */
function EditTools({ node }: { node: GraphNode }) {
  const edits = useContext(EditsOf)
  if (!edits || !node.place) return null
  const { title } = node
  return (
    <>
      <Tool className="edit-tool" icon="edit" name={t`Edit ${title}`} onClick={() => edits.edit(node)} />
      <Tool className="edit-tool no-touch" icon="remove" name={t`Delete ${title}`} onClick={() => edits.remove(node)} />
      <Tool className="edit-tool" icon="more" name={t`More for ${title}`} aria-haspopup="menu" onClick={(event) => edits.openMenu(node, event.currentTarget)} />
    </>
  )
}

/** Where a chain begins and ends, a task can be added. */
function Ends({ data: { node, direction } }: Props) {
  const { before, after, title } = node
  return (
    <>
      {before && <AddTask slot={before} name={t`Add a task before ${title}`} className={`add-before add-${direction}`} />}
      {after && <AddTask slot={after} name={t`Add a task after ${title}`} className={`add-after add-${direction}`} />}
    </>
  )
}

export function AddTask({ slot, name, className }: { slot: Slot; name: string; className: string }) {
  const edits = useContext(EditsOf)
  if (!edits) return null
  return (
    <button type="button" className={`add-task nodrag nopan ${className}`} aria-label={name} title={name} onClick={() => edits.add(slot, 'tasks')}>
      <Icon name="add" />
    </button>
  )
}
