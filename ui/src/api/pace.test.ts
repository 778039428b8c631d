import { expect, test } from 'vitest'
import { waitOf } from './pace'

const still = { runs: 3, sinceDrawn: 60_000, sinceChanged: 0, sinceActed: Infinity }

test('what comes after a silence is drawn at once, a burst a few times a second', () => {
  expect(waitOf(still)).toBe(0)
  expect(waitOf({ ...still, sinceDrawn: 100 })).toBe(300)
  expect(waitOf({ ...still, sinceDrawn: 100, runs: 10_000 })).toBe(900)
})

test('whoever acts is served first', () => {
  expect(waitOf({ ...still, sinceActed: 50 })).toBe(200)
  expect(waitOf({ ...still, sinceActed: 250 })).toBe(0)
})

test('acting without a pause does not hold changes back for ever', () => {
  expect(waitOf({ ...still, sinceActed: 0, sinceChanged: 1499 })).toBe(250)
  expect(waitOf({ ...still, sinceActed: 0, sinceChanged: 1500 })).toBe(0)
})
