import { expect, test } from 'vitest'
import { backfillProgress, triggerFilters } from '../api/triggers'
import { complaintOf, instantsOf, lastDays, readyRanges, yearRange } from './ranges'

const now = new Date('2024-06-01T10:00:00Z')
const ZONE = 'Europe/Berlin'

test('a past year is whole, the present one ends now', () => {
  expect(yearRange(2019, now, ZONE)).toEqual({ start: '2019-01-01T00:00', end: '2019-12-31T23:59' })
  expect(yearRange(2024, now, ZONE).end).toBe('2024-06-01T12:00')
  expect(lastDays(7, now, ZONE)).toEqual({ start: '2024-05-25T00:00', end: '2024-06-01T12:00' })
  expect(readyRanges(now, ZONE).map(({ name }) => name)).toEqual(['Last 7 days', 'Last 30 days', '2024', '2023', '2022', '2021'])
})

test.each([
  [{ start: '', end: '' }, 'A start is needed'],
  [{ start: '2030-01-01T00:00', end: '' }, 'The start must be in the past'],
  [{ start: '2019-01-01T00:00', end: '2018-01-01T00:00' }, 'The end must come after the start'],
  [{ start: '2019-01-01T00:00', end: '' }, undefined],
])('%j: %s', (range, complaint) => expect(complaintOf(range, now, ZONE)).toBe(complaint))

test('fields stand for moments of the zone', () => {
  expect(instantsOf({ start: '2024-01-01T00:00', end: '' }, ZONE)).toEqual({ start: '2023-12-31T23:00:00.000Z' })
})

test('progress is between nothing and all', () => {
  const backfill = { start: '2019-01-01T00:00:00Z', end: '2019-01-11T00:00:00Z' }
  expect(backfillProgress(backfill, now)).toBe(0)
  expect(backfillProgress({ ...backfill, currentDate: '2019-01-06T00:00:00Z' }, now)).toBe(0.5)
  expect(backfillProgress({ ...backfill, currentDate: '2020-01-06T00:00:00Z' }, now)).toBe(1)
  expect(backfillProgress({ ...backfill, progress: 0.25 }, now)).toBe(0.25)
})

test('the triggers of a flow are those of exactly its namespace', () => {
  expect(triggerFilters({ namespace: 'a', flowId: 'f' })['filters[namespace][EQUALS]']).toBe('a')
  expect(triggerFilters({ namespace: 'a' })['filters[namespace][STARTS_WITH]']).toBe('a')
})
