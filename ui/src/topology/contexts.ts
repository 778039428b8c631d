import { createContext, type ComponentType } from 'react'
import type { GraphNode } from './graph'
import { NOTHING_FOUND, type Found } from './found'
import type { Chosen, Iteration } from './iterations'
import type { TaskRuns } from './runs'

export const RunsOfTask = createContext<ReadonlyMap<string, TaskRuns> | undefined>(undefined)

export const ToggleSubflow = createContext<((node: GraphNode) => void) | undefined>(undefined)

/** Folds a frame, or unfolds it. */
export const FoldFrame = createContext<((node: GraphNode) => void) | undefined>(undefined)

/** Further buttons of a node. */
export const NodeExtras = createContext<ComponentType<{ node: GraphNode }> | undefined>(undefined)

/** The canvas keeps what a mouse does to itself: only pointers tell that somebody clicks elsewhere. */
export const ELSEWHERE = ['pointerdown']

export type RunPart = 'log' | 'outputs'

/** What an execution can show of its tasks. */
export interface Looking {
  show: (node: GraphNode, part: RunPart) => void
  chosen: Chosen
  /** One iteration of a loop; undefined is all of them. */
  choose: (loop: string, iteration: string | undefined) => void
  iterationsOf: (loop: string) => Iteration[]
}

export const LookAtRuns = createContext<Looking | undefined>(undefined)

/** What a text has found in the picture. */
export const FoundNodes = createContext<Found>(NOTHING_FOUND)

/** What ran of a node. */
export const runsOf = (node: GraphNode | undefined, runs: ReadonlyMap<string, TaskRuns> | undefined) =>
  !node || node.kind === 'trigger' ? undefined : runs?.get(node.key ?? node.title)
