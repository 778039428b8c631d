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

/**
 * How far a picture is to be moved so that it stays where the one before it was: what follows may move on, but what became wider or
 * narrower moves nothing sideways. Most of the nodes count that both have in common; of equals, the least.
 */
export function shiftOf(before: Placed, after: Placed): Point {
  const isDown = after.direction === 'DOWN'
  const [old, now] = [pointsOf(before), pointsOf(after)]
  const counts = new Map<number, number>()
  for (const [id, point] of now) {
    const known = old.get(id)
    if (!known) continue
    const shift = Math.round(isDown ? point.x - known.x : point.y - known.y)
    counts.set(shift, (counts.get(shift) ?? 0) + 1)
  }
  const [most] = [...counts].sort(([a, many], [b, more]) => more - many || Math.abs(a) - Math.abs(b))
  const shift = most?.[0] ?? 0
  return isDown ? { x: shift, y: 0 } : { x: 0, y: shift }
}
