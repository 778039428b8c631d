import { createContext, useContext } from 'react'
import type { Definitions, FlowSchema } from './schema'
import type { Path } from './text'

export interface Editing {
  /** The text that the form shows. */
  source: string
  schema: FlowSchema
  definitions: Definitions
  /** Changes the text as it is by then, at once; false where that is refused. */
  edit: (change: (source: string) => string) => boolean
  /** Goes to the form of something inside. */
  open: (path: Path) => void
  /** Names of properties of the form's own thing that cannot be changed. */
  locked: readonly string[]
  /** What the form is of. */
  base: Path
}

export const EditingContext = createContext<Editing | undefined>(undefined)

export function useEditing(): Editing {
  const editing = useContext(EditingContext)
  if (!editing) throw new Error('A field stands in a form')
  return editing
}
