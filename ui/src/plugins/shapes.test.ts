import { expect, test } from 'vitest'
import { reachable, tellingTitle, typeOf } from './shapes'

test('types read as words, and templates are not among them', () => {
  expect(typeOf({ anyOf: [{ $ref: '#/$defs/Level' }, { type: 'string', pattern: '\\{\\{' }, { type: 'null' }] })).toBe('Level')
  expect(typeOf({ type: 'array', items: { type: 'string' } })).toBe('array of string')
  expect(typeOf({ type: 'object', additionalProperties: { type: 'string' } })).toBe('map of string')
  expect(typeOf({})).toBe('any')
})

test('definitions are followed, also in a circle', () => {
  const definitions = { A: { properties: { b: { $ref: '#/$defs/B' } } }, B: { items: { $ref: '#/$defs/A' } }, C: {} }
  expect(reachable([{ properties: { x: { anyOf: [{ $ref: '#/$defs/A' }] } } }, undefined], definitions)).toEqual(['A', 'B'])
})

test('titles that repeat the name are left out', () => {
  expect(tellingTitle('allowConcurrent', 'Allowconcurrent')).toBeUndefined()
  expect(tellingTitle('url', 'Where the database is')).toBe('Where the database is')
})
