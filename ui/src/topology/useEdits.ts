import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { parse } from 'yaml'
import { t } from '../language'
import { skeletonOf } from '../nocode/skeleton'
import { UnreadableText, valueAt, withValue } from '../nocode/text'
import { refused, undoable, withdraw } from './editNotes'
import { added, exchanged, idAt, moved, removed, whyKept, whyNotSwapped, type Edited } from './edits'
import type { AddedKind, Edits } from './editContexts'
import type { Drawable, GraphNode } from './graph'
import type { Path, Slot } from './slots'

export interface Editing {
  source: string
  onChange: (source: string) => void
}

/** What is open beside the picture. */
export type Open =
  | { what: 'type'; slot: Slot; kind: AddedKind }
  | { what: 'item'; place: Path }
  | { what: 'property'; place: Path; title: string; name: 'description' | 'runIf' }
  | { what: 'case'; place: Path; title: string }
  | { what: 'swap'; node: GraphNode }

export interface Menued {
  node: GraphNode
  place: Path
  button: HTMLElement
}

interface Ahead {
  source: string
  flow: Drawable
  /** The flow that was drawn before: the next one is as new as this. */
  instead: Drawable
}

/** Edits a flow by its picture: what is done is drawn at once, the rest when the typing pauses. */
export function useEdits(flow: Drawable, { source, onChange }: Editing) {
  const [ahead, setAhead] = useState<Ahead>()
  const [chosen, choose] = useState<Path>()
  const [open, setOpen] = useState<Open>()
  const [menued, setMenued] = useState<Menued>()
  const latest = useRef({ source, onChange, flow })
  const own = useRef(source)
  useEffect(() => {
    latest.current = { source, onChange, flow }
    if (own.current === source) return
    // Somebody typed: places may be other tasks' now.
    own.current = source
    withdraw()
    choose(undefined)
  }, [source, onChange, flow])
  useEffect(() => withdraw, [])
  /** Takes another text as the flow's. */
  const take = useCallback((next: string, place?: Path) => {
    const { onChange: tell, flow: instead } = latest.current
    own.current = next
    latest.current.source = next
    tell(next)
    choose(place)
    setAhead({ source: next, flow: parse(next, { logLevel: 'silent' }) as Drawable, instead })
  }, [])
  /** Does something to the text as it is now; what cannot be done is told. */
  const edit = useCallback(
    (act: (source: string) => Edited | string | undefined, told?: string) => {
      const before = latest.current.source
      try {
        const done = act(before)
        if (done === undefined) return undefined
        const { source: next, place } = typeof done === 'string' ? { source: done, place: undefined } : done
        take(next, place)
        if (told !== undefined) undoable(told, () => take(before))
        return place
      } catch (error) {
        if (!(error instanceof UnreadableText)) throw error
        refused(error.message)
        return undefined
      }
    },
    [take],
  )
  const acts = useMemo(() => actsOf(edit, setOpen, setMenued), [edit])
  const isAhead = ahead !== undefined && (ahead.source === source || ahead.instead === flow)
  return { shown: isAhead ? ahead.flow : flow, chosen, open, setOpen, menued, setMenued, acts, choose, onDrawerChange: useDrawerChange(own, latest) }
}

/** What is typed in a drawer is drawn when the typing pauses, as in the text. */
function useDrawerChange(own: { current: string }, latest: { current: Editing }) {
  return useCallback(
    (next: string) => {
      own.current = next
      latest.current.source = next
      withdraw()
      latest.current.onChange(next)
    },
    [own, latest],
  )
}

type Edit = (act: (source: string) => Edited | string | undefined, told?: string) => Path | undefined

export interface Acts extends Edits {
  addType: (slot: Slot, type: string) => void
  move: (place: Path, by: 1 | -1) => void
  setProperty: (place: Path, name: string, value: string) => void
  open: (open: Open) => void
  removeAt: (place: Path, title: string) => void
}

/** A place is known to be a node's while its id stands there: the picture is half a second behind the typing. */
function isThere(source: string, place: Path, title: string): boolean {
  if (valueAt(source, [...place, 'id']) !== undefined && idAt(source, place) === title) return true
  refused(t`The text has changed meanwhile: try again.`)
  return false
}

function actsOf(edit: Edit, setOpen: (open: Open) => void, setMenued: (menued: Menued) => void): Acts {
  const check = (node: GraphNode, act: (place: Path, source: string) => Edited | string | undefined) => (source: string) =>
    node.place && isThere(source, node.place, node.title) ? act(node.place, source) : undefined
  const removeAt = (place: Path, title: string) =>
    void edit(
      (source) => {
        if (!isThere(source, place, title)) return undefined
        const why = whyKept(source, place)
        if (why === undefined) return removed(source, place)
        refused(why)
        return undefined
      },
      t`${title} was deleted.`,
    )
  return {
    add: (slot, kind) => setOpen({ what: 'type', slot, kind }),
    addType: (slot, type) => {
      const place = edit((source) => added(source, slot, skeletonOf(type, source)))
      if (place) setOpen({ what: 'item', place })
    },
    edit: (node) => void edit(check(node, (place) => (setOpen({ what: 'item', place }), undefined))),
    remove: ({ place, title }) => place && removeAt(place, title),
    removeAt,
    swap: (node, other) => {
      const { place, title } = node
      const to = other.place
      if (!place || !to) return
      const why = whyNotSwapped(place, to)
      if (why !== undefined) refused(why)
      else void edit(check(node, (_, source) => (isThere(source, to, other.title) ? exchanged(source, place, to) : undefined)), t`${title} and ${other.title} have changed places.`)
    },
    move: (place, by) => void edit((source) => moved(source, place, by)),
    setProperty: (place, name, value) => void edit((source) => ({ source: withValue(source, [...place, name], value.trim() ? value : undefined), place })),
    openMenu: (node, button) => void edit(check(node, (place) => (setMenued({ node, place, button }), undefined))),
    open: setOpen,
  }
}
