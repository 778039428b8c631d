import { expect, test } from 'vitest'
import { closed, closing, FLOW_ALONE, insideOf, opened, readTabs, renamed, tabByKey, writtenTabs, type Tabs } from './tabs'

const THREE: Tabs = ['/a.py', '/lib/b.sql', '/c.sh'].reduce(opened, FLOW_ALONE)
const pathsOf = ({ files }: Tabs) => files.map(({ path }) => path)
const shownOf = ({ files, shown }: Tabs) => files.find(({ key }) => key === shown)?.path ?? 'flow'

test('a file is opened once, and shown', () => {
  expect(pathsOf(THREE)).toEqual(['/a.py', '/lib/b.sql', '/c.sh'])
  expect(shownOf(THREE)).toBe('/c.sh')
  const again = opened(THREE, '/a.py')
  expect(again.files).toBe(THREE.files)
  expect(shownOf(again)).toBe('/a.py')
})

test('keys of open files differ, also after some were closed', () => {
  const next = opened(closed(THREE, [1]), '/d')
  expect(new Set(next.files.map(({ key }) => key)).size).toBe(3)
})

test('where the shown tab goes, the next one is shown, else the one before, else the flow', () => {
  const second = { ...THREE, shown: 2 }
  expect(shownOf(closed(second, [2]))).toBe('/c.sh')
  expect(shownOf(closed(second, [2, 3]))).toBe('/a.py')
  expect(closed(second, [1, 2, 3])).toEqual(FLOW_ALONE)
  expect(shownOf(closed(second, [1]))).toBe('/lib/b.sql')
  expect(closed(THREE, [])).toEqual(THREE)
})

test('a menu closes this, the others, those to the right, or all', () => {
  expect(closing(THREE, 2, 'this')).toEqual([2])
  expect(closing(THREE, 2, 'others')).toEqual([1, 3])
  expect(closing(THREE, 2, 'right')).toEqual([3])
  expect(closing(THREE, 2, 'all')).toEqual([1, 2, 3])
})

test('the flow stays', () => {
  expect(closing(THREE, 'flow', 'this')).toEqual([])
  expect(closing(THREE, 'flow', 'others')).toEqual([1, 2, 3])
  expect(closing(THREE, 'flow', 'right')).toEqual([1, 2, 3])
})

test('files move with their folder and keep their keys', () => {
  const next = renamed(THREE, '/lib', '/queries')
  expect(pathsOf(next)).toEqual(['/a.py', '/queries/b.sql', '/c.sh'])
  expect(next.files.map(({ key }) => key)).toEqual([1, 2, 3])
  expect(insideOf(THREE, '/lib')).toEqual([2])
  expect(insideOf(THREE, '/li')).toEqual([])
})

test('keys lead from tab to tab and around', () => {
  expect(tabByKey(THREE, 'ArrowRight')).toBe('flow')
  expect(tabByKey({ ...THREE, shown: 'flow' }, 'ArrowLeft')).toBe(3)
  expect([tabByKey(THREE, 'Home'), tabByKey(THREE, 'End'), tabByKey(THREE, 'ArrowLeft')]).toEqual(['flow', 3, 2])
  expect(tabByKey(THREE, 'a')).toBeUndefined()
  expect(tabByKey(FLOW_ALONE, 'ArrowRight')).toBe('flow')
})

test('what was kept is read again', () => {
  expect(readTabs(writtenTabs({ ...THREE, shown: 2 }))).toEqual({ ...THREE, shown: 2 })
  expect(readTabs(writtenTabs(FLOW_ALONE))).toEqual(FLOW_ALONE)
})

test('what does not fit is left out', () => {
  for (const text of [null, '', '{', 'null', '3', '{"files":3}', '[]']) expect(readTabs(text)).toEqual(FLOW_ALONE)
  expect(pathsOf(readTabs('{"files":["/a",3,"b","/a"],"shown":"/x"}'))).toEqual(['/a'])
})
