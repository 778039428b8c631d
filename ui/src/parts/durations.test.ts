import { expect, test } from 'vitest'
import { DEFAULTS } from '../settings/preferences'
import { fullMoment, milliseconds, readable, relative, shortMoment } from './durations'

test.each([
  ['PT0.04S', 40],
  ['PT1M2.5S', 62_500],
  ['P1DT1H', 90_000_000],
  ['nonsense', undefined],
  [undefined, undefined],
])('%s is %s ms', (iso, expected) => expect(milliseconds(iso)).toBe(expected))

test.each([
  [0, '0 ms'],
  [0.417, '0.42 ms'],
  [950, '950 ms'],
  [2314, '2.31 s'],
  [59_940, '59.9 s'],
  [87_000, '1 min 27 s'],
  [3_600_000, '1 h'],
  [11_520_000, '3 h 12 min'],
  [187_200_000, '2 d 4 h'],
])('%s ms reads %s', (ms, text) => expect(readable(ms)).toBe(text))

test('a moment of today has no date, one of another year has all of it', () => {
  const now = new Date(2026, 10, 25, 12)
  expect(shortMoment(new Date(2026, 10, 25, 9, 5, 7).toISOString(), now)).toBe('09:05:07')
  expect(shortMoment(new Date(2026, 0, 2, 9, 5, 7).toISOString(), now)).toBe('01-02 09:05:07')
  expect(shortMoment(new Date(2019, 0, 2, 9, 5, 7).toISOString(), now)).toBe('2019-01-02 09:05:07')
  expect(shortMoment('not a date', now)).toBe('not a date')
})

test('dates have the form and the zone that the reader likes', () => {
  const now = new Date('2026-11-25T12:00:00Z')
  const tokyo = { ...DEFAULTS, timeZone: 'Asia/Tokyo' }
  expect(shortMoment('2026-11-25T01:02:03Z', now, tokyo)).toBe('10:02:03')
  expect(shortMoment('2026-11-25T20:02:03Z', now, tokyo)).toBe('11-26 05:02:03')
  expect(shortMoment('2026-11-25T01:02:03Z', now, { ...tokyo, dateFormat: 'full' })).toBe('2026-11-25 10:02:03')
  expect(shortMoment('2026-11-25T01:02:03Z', now, { ...tokyo, dateFormat: 'local' })).toContain('10')
  expect(fullMoment('2026-11-25T01:02:03.007Z', 'Asia/Tokyo')).toBe('2026-11-25 10:02:03.007')
})

test('moments are told from now', () => {
  const now = new Date('2026-01-01T00:00:00Z')
  expect(relative('2026-01-01T03:00:00Z', now)).toBe('in 3 h')
  expect(relative('2025-12-31T23:58:00Z', now)).toBe('2 min ago')
  expect(relative('2026-01-01T00:00:00.2Z', now)).toBe('now')
})
