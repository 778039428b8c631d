import { expect, test } from 'vitest'
import { shiftOf } from './anchors'
import type { Placed } from './layout'

const placed = (...points: [string, number, number, string?][]) =>
  ({ direction: 'DOWN', edges: [], nodes: points.map(([id, x, y, parentId]) => ({ id, position: { x, y }, ...(parentId ? { parentId } : {}) })) }) as unknown as Placed

test('a picture moves sideways as most of it has', () => {
  const before = placed(['a', 0, 0], ['b', 0, 80], ['f', 0, 160], ['c', 10, 10, 'f'])
  expect(shiftOf(before, placed(['a', 50, 0], ['b', 50, 80], ['f', 50, 240], ['c', 10, 10, 'f']))).toEqual({ x: 50, y: 0 })
  expect(shiftOf(before, placed(['a', 0, 0], ['new', 0, 80], ['b', 0, 160], ['f', 0, 240]))).toEqual({ x: 0, y: 0 })
  expect(shiftOf(before, placed(['b', -20, 0], ['a', 0, 80]))).toEqual({ x: 0, y: 0 })
  expect(shiftOf(before, placed(['x', 90, 0]))).toEqual({ x: 0, y: 0 })
})
