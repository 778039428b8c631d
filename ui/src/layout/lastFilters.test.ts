import { expect, test } from 'vitest'
import { filtersFor, noteFilters } from './lastFilters'

test('a list is found again as it was left, from its first page on', () => {
  noteFilters('/executions', { state: 'FAILED', page: '3' })
  expect(filtersFor('/executions', '/flows')).toEqual({ state: 'FAILED' })
  expect(filtersFor('/logs', '/flows')).toEqual({})
})

test('on the page itself its entry leads to all of it', () => {
  noteFilters('/flows', { q: 'orders' })
  expect(filtersFor('/flows', '/flows')).toEqual({})
})

test('other pages are not remembered', () => {
  noteFilters('/settings', { q: 'x' })
  expect(filtersFor('/settings', '/flows')).toEqual({})
})
