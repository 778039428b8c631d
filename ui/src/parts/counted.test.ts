import { expect, test } from 'vitest'
import { counted } from './counted'

test('one is told from many', () => {
  expect(counted(1, 'flow')).toBe('1 flow')
  expect(counted(0, 'flow')).toBe('0 flows')
  expect(counted(1500, 'entry', 'entries')).toBe('1,500 entries')
})
