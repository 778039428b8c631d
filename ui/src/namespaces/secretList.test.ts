import { expect, test } from 'vitest'
import { listed } from './secretList'

test('each name stands once, with where it comes from: the nearest counts', () => {
  const stored = [{ key: 'A', namespace: 'x.y.z' }, { key: 'ENV' }]
  const inherited = { x: ['A', 'B', 'C', 'ENV'], 'x.y': ['C', 'ENV'] }
  expect(listed('x.y.z', stored, inherited).map(({ secret, from }) => [secret.key, from])).toEqual([
    ['A', 'own'], ['B', 'x'], ['C', 'x.y'], ['ENV', 'environment'],
  ])
})
