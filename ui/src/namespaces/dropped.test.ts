import { expect, test } from 'vitest'
import { droppedFiles, uploadsOf } from './dropped'

const file = (name: string) => new File(['x'], name)
const fileEntry = (name: string) => ({ isFile: true, name, file: (take: (file: File) => void) => take(file(name)) })
const folderEntry = (name: string, inner: readonly object[]) => {
  // Two at most at a time, as a browser gives a hundred.
  const left = [...inner]
  return { isFile: false, name, createReader: () => ({ readEntries: (take: (some: object[]) => void) => take(left.splice(0, 2)) }) }
}
const transfer = (entries: readonly (object | null)[], files: File[] = []) =>
  ({ items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })), files }) as unknown as DataTransfer

test('folders come with all that is in them', async () => {
  const tree = folderEntry('lib', [fileEntry('a.py'), folderEntry('deep', [fileEntry('b.py')]), fileEntry('c.py'), folderEntry('none', [])])
  const found = await droppedFiles(transfer([tree, fileEntry('d.sql')]))
  expect(found.map(({ path }) => path).sort()).toEqual(['d.sql', 'lib/a.py', 'lib/c.py', 'lib/deep/b.py'])
})

test('where there are no entries the files count', async () => {
  expect((await droppedFiles(transfer([null], [file('a.txt')]))).map(({ path }) => path)).toEqual(['a.txt'])
})

test('a field for folders tells where each file was', () => {
  const inner = Object.assign(file('b.py'), { webkitRelativePath: 'lib/b.py' })
  expect(uploadsOf([file('a.py'), inner]).map(({ path }) => path)).toEqual(['a.py', 'lib/b.py'])
})
