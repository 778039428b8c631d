import { expect, test } from 'vitest'
import { alone, roomFor } from './words'

const edge = (target: string, label?: string, source = 'head') => ({ id: `${source}→${target}`, target, ...(label ? { label } : {}) })

test('nodes stand as far apart as the longest words need, up to a limit', () => {
  expect(roomFor([edge('a'), edge('b')], 'RIGHT')).toBeUndefined()
  expect(roomFor([edge('a', 'then')], 'RIGHT')).toBe(80)
  expect(roomFor([edge('a', 'then'), edge('b', 'otherwise')], 'RIGHT')).toBe(103)
  expect(roomFor([edge('a', 'x'.repeat(500))], 'RIGHT')).toBe(164)
  expect(roomFor([edge('a', 'x'.repeat(500))], 'DOWN')).toBe(50)
})

test('words stand before their target unless others lead there with words of their own', () => {
  const edges = [edge('a', 'then'), edge('b', 'else'), edge('c', 'starts'), edge('c', 'sets off', 'other'), edge('d'), edge('a', undefined, 'other')]
  expect([...alone(edges)]).toEqual(['head→a', 'head→b'])
})
