import type { Placed } from './layout'

interface Point {
  x: number
  y: number
}

function pointsOf({ nodes }: Placed): ReadonlyMap<string, Point> {
  const points = new Map<string, Point>()
  // What holds others comes before them.
  for (const { id, parentId, position } of nodes) {
    const { x, y } = points.get(parentId ?? '') ?? { x: 0, y: 0 }
    points.set(id, { x: x + position.x, y: y + position.y })
  }
  return points
}

/** How far the first node that two pictures have in common has moved from one to the other. */
export function shiftOf(before: Placed, after: Placed): Point {
  const [old, now] = [pointsOf(before), pointsOf(after)]
  for (const [id, { x, y }] of now) {
    const known = old.get(id)
    if (known) return { x: x - known.x, y: y - known.y }
  }
  return { x: 0, y: 0 }
}
