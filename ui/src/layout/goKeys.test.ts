import { expect, test } from 'vitest'
import { placeFor } from './goKeys'
import { PLACES } from './pages'

test('two keys lead to a page, if they come together', () => {
  expect(placeFor({ key: 'g', at: 100 }, 'f', 400)).toBe('/flows')
  expect(placeFor({ key: 'g', at: 100 }, 'f', 4000)).toBeUndefined()
  expect(placeFor({ key: 'x', at: 100 }, 'f', 400)).toBeUndefined()
  expect(placeFor(undefined, 'f', 400)).toBeUndefined()
})

test('each page has a key of its own', () => {
  expect(new Set(PLACES.map(({ key }) => key)).size).toBe(PLACES.length)
})
