import { expect, test } from 'vitest'
import { isSame, named, nameIn } from './naming'

const SOURCE = '# id: none\nid: "a"  # kept\nnamespace: company.team\ntasks:\n  - id: t\n'

test('a text tells what its flow is called', () => {
  expect(nameIn(SOURCE)).toEqual({ namespace: 'company.team', id: 'a' })
  expect(nameIn('id: 12\nnamespace: b')).toEqual({ namespace: 'b', id: '12' })
})

test('what cannot be read or has no name tells nothing', () => {
  for (const source of ['', 'text', '- a', 'id: a', 'id: a\nnamespace:\n', 'id: [\n', 'id: {}\nnamespace: b']) expect(nameIn(source)).toBeUndefined()
})

test('names are put back, and nothing else changes', () => {
  expect(named(SOURCE, { namespace: 'company', id: 'b' })).toBe('# id: none\nid: b  # kept\nnamespace: company\ntasks:\n  - id: t\n')
  expect(named(SOURCE, { namespace: 'company.team', id: 'a' })).toBe(SOURCE)
  expect(named('{id: x, namespace: y}', { namespace: 'n', id: 'i' })).toBe('{id: i, namespace: n}')
  expect(named('- a', { namespace: 'n', id: 'i' })).toBe('- a')
})

test('two names are the same when both parts are', () => {
  expect(isSame({ namespace: 'a', id: 'b' }, { namespace: 'a', id: 'b' })).toBe(true)
  expect(isSame({ namespace: 'a', id: 'b' }, { namespace: 'a', id: 'c' })).toBe(false)
})
