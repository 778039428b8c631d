import { expect, test } from 'vitest'
import { complaintOf, edited, written } from './keyValue'

test('text that looks like a number stays text', () => {
  expect(written('STRING', '007')).toBe('"007"')
  expect(written('NUMBER', ' 7 ')).toBe('7')
  expect(written('JSON', '{"a": 1}')).toBe('{"a": 1}')
})

test('moments are written in UTC and shown in the zone', () => {
  expect(written('DATETIME', '2024-07-01T02:00', 'America/New_York')).toBe('2024-07-01T06:00:00.000Z')
  expect(edited('DATETIME', '2024-07-01T06:00:00Z', 'America/New_York')).toBe('2024-07-01T02:00')
  expect(edited('STRING', '2024-07-01T06:00:00Z', 'UTC')).toBe('2024-07-01T06:00:00Z')
})

test.each([
  ['NUMBER', '1e3', true], ['NUMBER', '', false], ['NUMBER', 'x', false],
  ['BOOLEAN', 'true', true], ['BOOLEAN', 'yes', false],
  ['DURATION', 'PT1H', true], ['DURATION', 'P1D', true], ['DURATION', 'P', false], ['DURATION', '1h', false],
  ['DATE', '2024-01-01', true], ['DATE', '01.01.2024', false],
  ['JSON', '[1]', true], ['JSON', '{', false], ['STRING', '', true],
] as const)('%s %j fits: %s', (kind, text, fits) => expect(complaintOf(kind, text) === undefined).toBe(fits))
