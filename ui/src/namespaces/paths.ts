/** Paths of namespace files: they begin with a slash, and folders do not end with one. */

import { t } from '../language'

/** As people type it: slashes at the ends, blanks and doubled slashes do not count. */
export function normalized(text: string): string {
  return `/${text.split('/').map((name) => name.trim()).filter(Boolean).join('/')}`
}

/** What is wrong with a path, before the server is asked. */
export function complaintOfPath(path: string): string | undefined {
  const names = path.split('/').slice(1)
  if (names.length === 1 && names[0] === '') return t`A name is needed`
  if (names.some((name) => name === '.' || name === '..')) return t`“.” and “..” are no names`
  return undefined
}

export const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

/** The folder that a path is in; empty for the root. */
export const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'))

export const isInside = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)

/** Where a path is after something above it, or itself, was moved. */
export const moved = (path: string, from: string, to: string) => (isInside(path, from) ? to + path.slice(from.length) : path)

/** Where something is once it was moved into a folder; undefined where it cannot be, or is already. */
export function placeIn(folder: string, path: string): string | undefined {
  return folderOf(path) === folder || isInside(folder, path) ? undefined : `${folder}/${nameOf(path)}`
}

/** The folders that a path is in, the outermost first. */
export const foldersAbove = (path: string): string[] => {
  const names = path.split('/').slice(1, -1)
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
}
