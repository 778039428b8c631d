import { createContext } from 'react'
import type { GraphNode } from './graph'
import { NOTHING_FOUND, type Found } from './found'
import type { TaskRuns } from './runs'

export const RunsOfTask = createContext<ReadonlyMap<string, TaskRuns> | undefined>(undefined)

export const ToggleSubflow = createContext<((node: GraphNode) => void) | undefined>(undefined)

/** What a text has found in the picture. */
export const FoundNodes = createContext<Found>(NOTHING_FOUND)

/** What ran of a node. */
export const runsOf = (node: GraphNode | undefined, runs: ReadonlyMap<string, TaskRuns> | undefined) =>
  !node || node.kind === 'trigger' ? undefined : runs?.get(node.key ?? node.title)
