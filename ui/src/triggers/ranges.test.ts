import { expect, test } from 'vitest'
import { backfillProgress } from '../api/triggers'
import { complaintOf, yearRange } from './ranges'

const now = new Date(2024, 5, 1, 12)

test('a past year is whole, the present one ends now', () => {
  expect(yearRange(2019, now)).toEqual({ start: '2019-01-01T00:00', end: '2019-12-31T23:59' })
  expect(yearRange(2024, now).end).toBe('2024-06-01T12:00')
})

test.each([
  [{ start: '', end: '' }, 'A start is needed'],
  [{ start: '2030-01-01T00:00', end: '' }, 'The start must be in the past'],
  [{ start: '2019-01-01T00:00', end: '2018-01-01T00:00' }, 'The end must come after the start'],
  [{ start: '2019-01-01T00:00', end: '' }, undefined],
])('%j: %s', (range, complaint) => expect(complaintOf(range, now)).toBe(complaint))

test('progress is between nothing and all', () => {
  const backfill = { start: '2019-01-01T00:00:00Z', end: '2019-01-11T00:00:00Z' }
  expect(backfillProgress(backfill, now)).toBe(0)
  expect(backfillProgress({ ...backfill, currentDate: '2019-01-06T00:00:00Z' }, now)).toBe(0.5)
  expect(backfillProgress({ ...backfill, currentDate: '2020-01-06T00:00:00Z' }, now)).toBe(1)
})
