import { expect, test } from 'vitest'
import { followedOf } from './useOpened'

test('what goes on is followed, the last opened first of all, and never more than the browser has connections for', () => {
  const isGoing = (id: string) => id !== 'over'
  expect(followedOf(['a', undefined, 'over', 'b', 'a'], isGoing)).toEqual({ followed: ['a', 'b'], asked: [] })
  expect(followedOf(['a', 'b', 'c', 'd', 'over', 'e'], isGoing)).toEqual({ followed: ['c', 'd', 'e'], asked: ['a', 'b'] })
  expect(followedOf([], isGoing)).toEqual({ followed: [], asked: [] })
})
