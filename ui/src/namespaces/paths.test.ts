import { expect, test } from 'vitest'
import { complaintOfPath, folderOf, foldersAbove, isInside, moved, nameOf, normalized, placeIn } from './paths'

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

test('something goes into any folder but its own, itself and those below', () => {
  expect(placeIn('/z', '/a/b.py')).toBe('/z/b.py')
  expect(placeIn('', '/a/b.py')).toBe('/b.py')
  expect(placeIn('/a', '/a/b.py')).toBeUndefined()
  expect(placeIn('/a', '/a')).toBeUndefined()
  expect(placeIn('/a/b', '/a')).toBeUndefined()
  expect(placeIn('/ab', '/a')).toBe('/ab/a')
})

test('a path knows all folders above it', () => {
  expect(foldersAbove('/a/b/c.py')).toEqual(['/a', '/a/b'])
  expect(foldersAbove('/c.py')).toEqual([])
})
