import { expect, test } from 'vitest'
import { parseSearch } from '../search'
import { executionsOf, filterText, isFiltered, nextSort, noFilters, toggled, typedFilters } from './filters'

test('the address becomes the query, with what the page fixes on top', () => {
  const search = parseSearch('?state=FAILED&state=KILLED&labels=a:b&page=2&unknown=1')
  expect(executionsOf(search, { namespace: 'company' })).toEqual({
    page: 2, size: 25, sort: 'state.startDate:desc', state: ['FAILED', 'KILLED'], labels: 'a:b', namespace: 'company',
  })
})

test('what began before a moment is asked for by its beginning', () => {
  expect(executionsOf(parseSearch('?startDate=a&startedBefore=b'))).toEqual({
    page: 1, size: 25, sort: 'state.startDate:desc', 'filters[startDate][LESS_THAN]': 'b', 'filters[startDate][GREATER_THAN_OR_EQUAL_TO]': 'a',
  })
})

test('filters read as text', () => {
  expect(filterText('labels', 'a:b')).toBe('a:b')
  expect(filterText('flowId', 'orders')).toBe('flowId: orders')
  expect(filterText('startDate', 'soon')).toBe('from soon')
  expect(filterText('childFilter', 'CHILD')).toBe('Started by another execution')
  expect(filterText('scope', 'nonsense')).toBe('scope: nonsense')
  expect(filterText('startedBefore', '2024-12-20T10:00:00Z')).toMatch(/^before 12-\d\d \d\d:\d\d$/)
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
