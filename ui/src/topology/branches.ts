import type { Shape } from '../api/plugins'
import { valueAt, type Path } from '../nocode/text'
import { lengthOf } from './edits'
import type { Slot } from './slots'

/** A list of tasks that a flowable has or may have, and where one more would stand in it. */
export interface Branch {
  name: string
  slot: Slot
}

const LISTS = ['tasks', 'then', 'else', 'defaults', 'errors', 'finally'] as const

/** The branches that a type knows, with the cases that there are; none for what is no flowable. */
export function branchesOf(source: string, place: Path, shape: Shape | undefined): Branch[] {
  const known = shape?.properties ?? {}
  const end = (list: Path, isDag = false): Slot => ({ list, index: lengthOf(source, list), ...(isDag ? { dependsOn: [] } : {}) })
  const branches = LISTS.filter((name) => known[name]?.type === 'array').map((name) => {
    const isDag = known[name]?.items?.properties?.task !== undefined
    return { name, slot: end([...place, name], isDag) }
  })
  const cases = known.cases ? valueAt(source, [...place, 'cases']) : undefined
  const names = typeof cases === 'object' && cases !== null && !Array.isArray(cases) ? Object.keys(cases) : []
  return [...names.map((name) => ({ name, slot: end([...place, 'cases', name]) })), ...branches]
}

/** Whether a type has cases, of which there may be any number. */
export const hasCases = (shape: Shape | undefined): boolean => shape?.properties?.cases !== undefined
