import { expect, test } from 'vitest'
import { barsOf } from './levels'

test('levels that occur have bars, the gravest last', () => {
  const day = { timestamp: '2026-11-25T00:00:00Z', groupBy: 'day' }
  expect(barsOf([{ ...day, counts: { ERROR: 1, INFO: 2, WARN: 0 } }, { ...day, counts: { INFO: 3 } }])).toEqual([
    { name: 'INFO', values: [2, 3], marks: { level: 'INFO' } },
    { name: 'ERROR', values: [1, 0], marks: { level: 'ERROR' } },
  ])
})
