import { expect, test } from 'vitest'
import { parseSearch } from '../search'
import { executionsOf, isFiltered, nextSort, noFilters, toggled, typedFilters } from './filters'

test('the address becomes the query, with what the page fixes on top', () => {
  const search = parseSearch('?state=FAILED&state=KILLED&labels=a:b&page=2&unknown=1')
  expect(executionsOf(search, { namespace: 'company' })).toEqual({
    page: 2, size: 25, sort: 'state.startDate:desc', state: ['FAILED', 'KILLED'], labels: 'a:b', namespace: 'company',
  })
})

test('paging is no filter', () => {
  expect(isFiltered(parseSearch('?page=2&size=10'))).toBe(false)
  expect(isFiltered(parseSearch('?labels=a:b'))).toBe(true)
  expect(noFilters()).toHaveProperty('state', undefined)
})

test('a click sorts downwards first', () => {
  expect(nextSort('id:asc', 'state.startDate')).toBe('state.startDate:desc')
  expect(nextSort('id:desc', 'id')).toBe('id:asc')
  expect(toggled(['a'], 'b')).toEqual(['a', 'b'])
  expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
})

test('filters may be typed', () => {
  expect(typedFilters('state:failed flow:orders late', ['KILLED'])).toEqual({ state: ['KILLED', 'FAILED'], flowId: 'orders', q: 'late' })
  expect(typedFilters('state:nonsense')).toEqual({ q: 'state:nonsense' })
  expect(typedFilters('estate:failed')).toEqual({ q: 'estate:failed' })
  expect(typedFilters('')).toEqual({ q: undefined })
})
