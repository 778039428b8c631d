import { expect, test } from 'vitest'
import { parseSearch } from '../search'
import { namespaceToFill } from './useDefaultNamespace'

test('a list without a filter begins with the namespace that is wanted, one with any is what it says', () => {
  expect(namespaceToFill({}, 'company.team')).toBe('company.team')
  expect(namespaceToFill({}, '')).toBeUndefined()
  expect(namespaceToFill(parseSearch('?state=FAILED'), 'company.team')).toBeUndefined()
})
