import { expect, test } from 'vitest'
import { arcsOf, countsOf } from './ring'

test('states are counted over all days, the most first', () => {
  const day = (executionCounts: object) => ({ startDate: '2024-12-20T00:00:00Z', executionCounts })
  expect(countsOf([day({ SUCCESS: 1, FAILED: 2 }), day({ SUCCESS: 3, KILLED: 0 })])).toEqual([{ state: 'SUCCESS', count: 4 }, { state: 'FAILED', count: 2 }])
})

test('arcs follow each other from the top, with a gap between them', () => {
  const arcs = arcsOf([{ state: 'SUCCESS', count: 3 }, { state: 'FAILED', count: 1 }], 0.5)
  expect(arcs).toEqual([{ state: 'SUCCESS', length: 74.5, offset: 25 }, { state: 'FAILED', length: 24.5, offset: -50 }])
})

test('one state alone is a whole ring, and a rare one is still to be seen', () => {
  expect(arcsOf([{ state: 'SUCCESS', count: 9 }], 0.5)[0]?.length).toBe(100)
  expect(arcsOf([{ state: 'SUCCESS', count: 9999 }, { state: 'FAILED', count: 1 }], 0.6)[1]?.length).toBeGreaterThan(0)
})
