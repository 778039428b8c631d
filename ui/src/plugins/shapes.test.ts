import { expect, test } from 'vitest'
import { markedIn, reachable, tellingTitle, typeOf } from './shapes'

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

test('a path of names leads to a property, also of a definition', () => {
  const shape = { properties: { url: {}, options: { $ref: '#/$defs/Options' }, beforeCommands: {} } }
  const definitions = { Options: { properties: { timeout: { anyOf: [{ $ref: '#/$defs/Timeout' }] } } }, Timeout: { properties: { read: {} } } }
  const marked = (...path: string[]) => markedIn(shape, definitions, path)
  expect(marked('url')).toEqual({ name: 'url' })
  expect(marked('options')).toEqual({ name: 'options' })
  expect(marked('options', 'timeout', 'read')).toEqual({ definition: 'Timeout', name: 'read' })
  expect(marked('values', 'url')).toEqual({ name: 'url' })
  expect(marked('options', 'unknown')).toEqual({ name: 'options' })
  expect(marked('timeout')).toBeUndefined()
  expect(marked()).toBeUndefined()
})
