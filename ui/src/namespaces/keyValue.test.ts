import { expect, test } from 'vitest'
import { written } from './keyValue'

test('text that looks like a number stays text', () => {
  expect(written('STRING', '007')).toBe('"007"')
  expect(written('NUMBER', ' 7 ')).toBe('7')
  expect(written('JSON', '{"a": 1}')).toBe('{"a": 1}')
})
