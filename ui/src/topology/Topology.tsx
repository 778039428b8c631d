import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useFollowed } from '../api/follow'
import type { TaskRun } from '../api/types'
import { fetchedOnce } from '../executions/later'
import { Late } from '../parts/Late'
import { t } from '../language'
import { FoldFrame, LookAtRuns, ToggleSubflow, type Looking, type RunPart } from './contexts'
import { foldedGraph, useFolded } from './folding'
import { graphOf, type Drawable } from './graph'
import { ALL, iterationsOf, runsWithin, type Chosen } from './iterations'
import { pictures } from './layout'
import { NARROW, Picture } from './Picture'
import { closedGraphOf, directionOf } from './pictures'
import type { Editing } from './useEdits'
import { useOpened } from './useOpened'

export { Picture }

const runDrawer = fetchedOnce(() => import('./RunDrawer'))
const edited = fetchedOnce(() => import('./EditedTopology'))

interface Props {
  flow: Drawable
  runs?: readonly TaskRun[]
  height: string
  /** For a narrow place: from top to bottom whatever the flow. */
  isDown?: boolean
  /** The text that the flow is written in, to edit it in the picture. */
  editing?: Editing | undefined
}

/** Places the picture of a flow before it is asked for. */
export async function prepare(flow: Drawable): Promise<void> {
  const graph = closedGraphOf(flow)
  await pictures.placed(graph, directionOf(graph, window.matchMedia(NARROW).matches))
}

/** A flow as a picture; with task runs, coloured by what became of them. */
export default function Topology({ editing, ...rest }: Props) {
  const { flow, height, isDown = false } = rest
  return editing ? <Late source={edited} waiting={t`Drawing …`} of={{ flow, editing, height, isDown }} /> : <Looked {...rest} />
}

function Looked({ flow, runs, height, isDown = false }: Omit<Props, 'editing'>) {
  const [chosen, setChosen] = useState(ALL)
  const inSight = useMemo(() => runs && runsWithin(runs, chosen), [runs, chosen])
  const { opened, states, followed, toggle, runsOfKey } = useOpened(inSight)
  const { folded, fold } = useFolded(flow)
  const graph = useMemo(() => foldedGraph(opened.size ? graphOf(flow, opened) : closedGraphOf(flow), folded), [flow, opened, folded])
  const { looking, shown, close } = useLooking(runs, chosen, setChosen)
  return (
    <ToggleSubflow.Provider value={toggle}>
      <FoldFrame.Provider value={fold}>
        <LookAtRuns.Provider value={looking}>
          {followed.map((id) => <Following key={id} id={id} />)}
          <Picture graph={graph} states={states} height={height} isDown={isDown} />
          {shown && <Late source={runDrawer} waiting={t`Loading …`} of={{ runs: runsOfKey(shown.key), title: shown.title, part: shown.part, onClose: close }} />}
        </LookAtRuns.Provider>
      </FoldFrame.Provider>
    </ToggleSubflow.Provider>
  )
}

/** What is looked at of an execution; nothing without one. */
function useLooking(runs: readonly TaskRun[] | undefined, chosen: Chosen, setChosen: (chosen: Chosen) => void) {
  const [shown, setShown] = useState<{ key: string; title: string; part: RunPart }>()
  const latest = useRef(runs)
  useEffect(() => {
    latest.current = runs
  }, [runs])
  const hasRuns = runs !== undefined
  const looking = useMemo((): Looking | undefined => {
    if (!hasRuns) return undefined
    return {
      chosen,
      show: ({ key, title }, part) => setShown({ key: key ?? title, title, part }),
      choose: (loop, iteration) => {
        const next = new Map(chosen)
        if (iteration === undefined) next.delete(loop)
        else next.set(loop, iteration)
        setChosen(next)
      },
      iterationsOf: (loop) => iterationsOf(latest.current ?? [], loop, chosen),
    }
  }, [hasRuns, chosen, setChosen])
  const close = useCallback(() => setShown(undefined), [])
  return { looking, shown, close }
}

/** Keeps an execution up to date while it is in the picture. */
function Following({ id }: { id: string }) {
  useFollowed(id, false)
  return null
}
