import { expect, test } from 'vitest'
import { readShare, shareAt, shareByKey } from './share'

test('a share that was kept is taken, within its bounds', () => {
  expect(readShare('35')).toBe(35)
  expect(readShare('99')).toBe(80)
  expect(readShare('1')).toBe(20)
})

test('what is no share is the usual one', () => {
  for (const text of [null, '', 'wide', '0', '-3', '{}', 'Infinity']) expect(readShare(text)).toBe(50)
})

test('a pointer sets it within the bounds', () => {
  expect(shareAt(400, 100, 1000)).toBe(30)
  expect(shareAt(0, 100, 1000)).toBe(20)
  expect(shareAt(5000, 100, 1000)).toBe(80)
  expect(shareAt(5, 0, 0)).toBe(50)
})

test('arrows move it, other keys do not', () => {
  expect(shareByKey(50, 'ArrowLeft')).toBe(48)
  expect(shareByKey(80, 'ArrowRight')).toBe(80)
  expect([shareByKey(50, 'Home'), shareByKey(50, 'End'), shareByKey(30, 'Enter')]).toEqual([20, 80, 50])
  expect(shareByKey(50, 'x')).toBeUndefined()
})
