import { expect, test } from 'vitest'
import { parseSearch } from '../search'
import { applied, filtersIn, readSearches, withoutSearch, withSearch } from './searches'

const NAMES = ['q', 'state', 'sort']

test('filters are saved, the place in the list is not', () => {
  const search = parseSearch('?state=FAILED&state=KILLED&page=3&q=&other=1')
  expect(filtersIn(search, NAMES)).toEqual({ state: ['FAILED', 'KILLED'] })
})

test('a saved search replaces the filters of the address', () => {
  expect(applied({ state: ['FAILED'] }, NAMES)).toEqual({ q: undefined, state: ['FAILED'], sort: undefined, page: undefined })
})

test('searches have names of their own', () => {
  const one = withSearch([], 'night', { q: 'a' })
  const two = withSearch(one, 'day', { q: 'b' })
  expect(two.map(({ name }) => name)).toEqual(['day', 'night'])
  expect(withSearch(two, 'day', { q: 'c' })).toEqual([{ name: 'day', search: { q: 'c' } }, { name: 'night', search: { q: 'a' } }])
  expect(withoutSearch(two, 'day')).toEqual(one)
})

test('of what was kept only what can be used is taken', () => {
  expect(readSearches('x')).toEqual([])
  expect(readSearches([null, 7, { name: '' }, { name: 'a' }, { name: 'b', search: { q: 'x', state: ['FAILED', 3], size: 9 } }])).toEqual([
    { name: 'b', search: { q: ['x'], state: ['FAILED'], size: [] } },
  ])
})
