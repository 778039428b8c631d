import { Button, Menu } from '@mantine/core'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { t } from '../language'
import { ELSEWHERE, FoldFrame, ToggleSubflow } from './contexts'
import { ChosenPlace, EditsOf } from './editContexts'
import { EditDialogs } from './EditDialogs'
import { EditedCanvas } from './EditedCanvas'
import { EditMenu } from './EditMenu'
import { foldedGraph, useFolded } from './folding'
import { nodesIn } from './found'
import { graphOf, type Drawable, type Graph } from './graph'
import type { Placed } from './layout'
import { NARROW, Picture } from './Picture'
import { directionOf } from './pictures'
import type { Path } from './slots'
import { useEdits, type Acts, type Editing } from './useEdits'
import { useOpened } from './useOpened'
import './editing.css'

interface Props {
  flow: Drawable
  editing: Editing
  height: string
  isDown: boolean
}

/** A flow as a picture that is edited: what is done in it is written into the text. */
export default function EditedTopology({ flow, editing, height, isDown }: Props) {
  const { shown, chosen, open, setOpen, menued, setMenued, acts, onDrawerChange } = useEdits(flow, editing)
  const { opened, toggle } = useOpened(undefined)
  const { folded, fold } = useFolded(shown)
  const graph = useMemo((): Graph => foldedGraph({ ...graphOf(shown, opened), isEdited: true }, folded), [shown, opened, folded])
  const draw = useCallback((picture: Placed) => <EditedCanvas picture={picture}>{picture.nodes.length > 0 && <AddMenu flow={shown} acts={acts} />}</EditedCanvas>, [shown, acts])
  useFocusOnNode(open !== undefined, menued?.button)
  const [anchor, setAnchor] = useState(menued)
  if (menued && menued !== anchor) setAnchor(menued)
  return (
    <EditsOf.Provider value={acts}>
      <ChosenPlace.Provider value={chosen}>
        <ToggleSubflow.Provider value={toggle}>
          <FoldFrame.Provider value={fold}>
            <Picture graph={graph} height={height} isDown={isDown} draw={draw} keptDirection={useKeptDirection(graph, isDown)}>
              {!graph.nodes.length && <div className="picture-begin"><Button onClick={() => acts.add({ list: ['tasks'], index: 0 }, 'tasks')}>{t`+ Add a task`}</Button></div>}
            </Picture>
          </FoldFrame.Provider>
        </ToggleSubflow.Provider>
      </ChosenPlace.Provider>
      <EditMenu menued={anchor} isOpen={menued !== undefined} source={editing.source} acts={acts} onClose={() => setMenued(undefined)} />
      {open && <EditDialogs open={open} nodes={nodesIn(graph)} source={editing.source} acts={acts} onChange={onDrawerChange} onClose={() => setOpen(undefined)} />}
    </EditsOf.Provider>
  )
}

/** Once nothing is open beside the picture, what was edited has the focus, else the button that opened the menu. */
function useFocusOnNode(isOpen: boolean, button: HTMLElement | undefined) {
  const opener = useRef(button)
  if (button) opener.current = button
  useEffect(() => {
    if (!isOpen) return
    return () => {
      setTimeout(() => {
        if (document.activeElement !== document.body) return
        const target = document.querySelector<HTMLElement>('.edited[data-chosen] .edit-tool') ?? opener.current
        target?.focus({ preventScroll: true })
      })
    }
  }, [isOpen])
}

/** A picture that is edited does not turn when it gets one task more. */
function useKeptDirection(graph: Graph, isDown: boolean) {
  const [isNarrow] = useState(() => window.matchMedia(NARROW).matches)
  const [kept, keep] = useState<ReturnType<typeof directionOf>>()
  if (kept) return kept
  const direction = directionOf(graph, isDown || isNarrow)
  if (graph.nodes.length) keep(direction)
  return direction
}

const sizeOf = (list: unknown) => (Array.isArray(list) ? list.length : 0)

/** What a flow can have more of. */
function AddMenu({ flow, acts }: { flow: Drawable; acts: Acts }) {
  const end = (list: Path, items: unknown) => ({ list, index: sizeOf(items) })
  return (
    <Menu position="bottom-end" shadow="md" clickOutsideEvents={ELSEWHERE} withInitialFocusPlaceholder={false} menuItemTabIndex={0}>
      <Menu.Target><Button variant="default" className="nopan">{t`Add`} <span aria-hidden>&nbsp;▾</span></Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => acts.add(end(['tasks'], flow.tasks), 'tasks')}>{t`A task at the end`}</Menu.Item>
        <Menu.Item onClick={() => acts.add(end(['triggers'], flow.triggers), 'triggers')}>{t`A trigger`}</Menu.Item>
        <Menu.Item onClick={() => acts.add(end(['errors'], flow.errors), 'tasks')}>{t`An error handler`}</Menu.Item>
        <Menu.Item onClick={() => acts.add(end(['finally'], flow.finally), 'tasks')}>{t`A task that always runs last`}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
