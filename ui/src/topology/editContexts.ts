import { createContext } from 'react'
import type { GraphNode } from './graph'
import type { Path, Slot } from './slots'

export type AddedKind = 'tasks' | 'triggers'

/** What can be done to a flow in its picture; the same for as long as the picture is there. */
export interface Edits {
  add: (slot: Slot, kind: AddedKind) => void
  edit: (node: GraphNode) => void
  remove: (node: GraphNode) => void
  swap: (node: GraphNode, other: GraphNode) => void
  openMenu: (node: GraphNode, button: HTMLElement) => void
}

export const EditsOf = createContext<Edits | undefined>(undefined)

/** Where what was last edited stands. */
export const ChosenPlace = createContext<Path | undefined>(undefined)

/** What a dragged task is over. */
export interface Target {
  id: string
  refused: string | undefined
}

export const DragTarget = createContext<Target | undefined>(undefined)
