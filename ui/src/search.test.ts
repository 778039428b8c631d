import { expect, test } from 'vitest'
import { many, one, parseSearch, positive, stringifySearch } from './search'

test('a repeated parameter is a list, and survives the way back', () => {
  const search = parseSearch('?state=FAILED&state=KILLED&q=a%20b')
  expect(search).toEqual({ state: ['FAILED', 'KILLED'], q: 'a b' })
  expect(stringifySearch(search)).toBe('?state=FAILED&state=KILLED&q=a+b')
  expect(many(search, 'state')).toHaveLength(2)
  expect(one(search, 'nothing')).toBe('')
})

test('numbers stay text, so that an id of digits is an id', () => {
  expect(parseSearch('?flowId=007').flowId).toBe('007')
})

test('a bad page in the address is the first', () => {
  expect(positive(parseSearch('?page=x'), 'page', 1)).toBe(1)
  expect(positive(parseSearch('?page=-3'), 'page', 1)).toBe(1)
  expect(positive(parseSearch('?page=4'), 'page', 1)).toBe(4)
})
