import { expect, test } from 'vitest'
import { complaintOfPath, folderOf, isInside, moved, nameOf, normalized } from './paths'

test('paths are taken as people type them', () => {
  expect(normalized('scripts//main.py ')).toBe('/scripts/main.py')
  expect(normalized(' / ')).toBe('/')
  expect(complaintOfPath(normalized(''))).toBe('A name is needed')
  expect(complaintOfPath(normalized('../etc'))).toContain('no names')
  expect(complaintOfPath('/a/b')).toBeUndefined()
})

test('a path knows its folder and its name', () => {
  expect([folderOf('/a/b.py'), nameOf('/a/b.py'), folderOf('/b.py')]).toEqual(['/a', 'b.py', ''])
  expect(isInside('/a/b', '/a')).toBe(true)
  expect(isInside('/ab', '/a')).toBe(false)
})

test('what is below a moved folder moves with it', () => {
  expect(moved('/a/b/c.py', '/a', '/z/a')).toBe('/z/a/b/c.py')
  expect(moved('/ab.py', '/a', '/z')).toBe('/ab.py')
})
