import type { Direction } from './layout'

const LETTER_PX = 6.5
const MOST_WORDS_PX = 120
/** From a node to where its edges part, and the room that an arrow takes before the next node. */
export const PART_PX: Readonly<Record<Direction, number>> = { RIGHT: 16, DOWN: 10 }
export const ARROW_PX = 16
const MARGIN_PX = 12
const LEAST_PX: Readonly<Record<Direction, number>> = { RIGHT: 80, DOWN: 50 }

interface Worded {
  id: string
  target: string
  label?: string
}

/** How far nodes must stand from each other for the words on their edges; undefined without words. */
export function roomFor(edges: readonly Worded[], direction: Direction): number | undefined {
  const longest = edges.reduce((most, { label = '' }) => Math.max(most, label.length), 0)
  if (!longest) return undefined
  if (direction === 'DOWN') return LEAST_PX.DOWN
  const words = Math.min(MOST_WORDS_PX, longest * LETTER_PX)
  return Math.max(LEAST_PX.RIGHT, Math.ceil(PART_PX.RIGHT + words + ARROW_PX + MARGIN_PX))
}

/** Edges that alone lead to their target with words: theirs can stand before it, where no other line runs. */
export function alone(edges: readonly Worded[]): ReadonlySet<string> {
  const counts = new Map<string, number>()
  for (const { target, label } of edges) if (label) counts.set(target, (counts.get(target) ?? 0) + 1)
  return new Set(edges.filter(({ target, label }) => label && counts.get(target) === 1).map(({ id }) => id))
}
