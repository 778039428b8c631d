import { expect, test } from 'vitest'
import { isLocked } from './locked'

test('a label locks a flow', () => {
  expect(isLocked({ labels: [{ key: 'team', value: 'a' }, { key: 'system.readOnly', value: 'true' }] })).toBe(true)
})

test('other labels and values do not', () => {
  expect(isLocked({})).toBe(false)
  expect(isLocked({ labels: [{ key: 'system.readOnly', value: 'false' }, { key: 'readOnly', value: 'true' }] })).toBe(false)
})
