/** The texts that stand beside each other as tabs: a flow, and files of its namespace. */

import { isInside, moved } from '../namespaces/paths'

/** A file that is open; its key stays while its path may change. */
export interface OpenFile {
  key: number
  path: string
}

/** Of what a tab shows; the flow has none of the keys of files. */
export type TabKey = number | 'flow'

export interface Tabs {
  files: readonly OpenFile[]
  shown: TabKey
}

export const FLOW_ALONE: Tabs = { files: [], shown: 'flow' }

/** A file in its tab, which is made where there is none. */
export function opened(tabs: Tabs, path: string): Tabs {
  const known = tabs.files.find((file) => file.path === path)
  if (known) return { ...tabs, shown: known.key }
  const key = 1 + Math.max(0, ...tabs.files.map((file) => file.key))
  return { files: [...tabs.files, { key, path }], shown: key }
}

/** Without some; where the one that is shown goes, its neighbour is shown. */
export function closed({ files, shown }: Tabs, keys: readonly number[]): Tabs {
  const stays = ({ key }: OpenFile) => !keys.includes(key)
  const left = files.filter(stays)
  if (shown === 'flow' || !keys.includes(shown)) return { files: left, shown }
  const at = files.findIndex(({ key }) => key === shown)
  const next = files.slice(at).find(stays) ?? files.slice(0, at).findLast(stays)
  return { files: left, shown: next?.key ?? 'flow' }
}

/** What of a tab's menu closes which files; the flow itself is never closed. */
export type Closing = 'this' | 'others' | 'right' | 'all'

export function closing({ files }: Tabs, key: TabKey, which: Closing): number[] {
  const keys = files.map((file) => file.key)
  switch (which) {
    case 'this': return keys.filter((other) => other === key)
    case 'others': return keys.filter((other) => other !== key)
    case 'right': return key === 'flow' ? keys : keys.slice(keys.indexOf(key) + 1)
    case 'all': return keys
  }
}

/** After a file or a folder has got another path. */
export const renamed = ({ files, shown }: Tabs, from: string, to: string): Tabs => ({ files: files.map(({ key, path }) => ({ key, path: moved(path, from, to) })), shown })

/** The files that are gone with a file or a folder. */
export const insideOf = ({ files }: Tabs, path: string): number[] => files.filter((file) => isInside(file.path, path)).map(({ key }) => key)

/** The tab that a key leads to; undefined when it is none that leads to tabs. */
export function tabByKey({ files, shown }: Tabs, pressed: string): TabKey | undefined {
  const keys: TabKey[] = ['flow', ...files.map(({ key }) => key)]
  const at = keys.indexOf(shown)
  switch (pressed) {
    case 'ArrowRight': return keys[(at + 1) % keys.length]
    case 'ArrowLeft': return keys.at(at - 1)
    case 'Home': return keys[0]
    case 'End': return keys.at(-1)
    default: return undefined
  }
}

/** As they were kept, by paths; what does not fit is left out. */
export function readTabs(text: string | null): Tabs {
  let kept: { files?: unknown; shown?: unknown }
  try {
    kept = (JSON.parse(text ?? '{}') ?? {}) as typeof kept
  } catch {
    return FLOW_ALONE
  }
  const paths = Array.isArray(kept.files) ? kept.files.filter((path): path is string => typeof path === 'string' && path.startsWith('/')) : []
  const all = [...new Set(paths)].reduce(opened, FLOW_ALONE)
  return { ...all, shown: all.files.find(({ path }) => path === kept.shown)?.key ?? 'flow' }
}

export const writtenTabs = ({ files, shown }: Tabs): string => JSON.stringify({ files: files.map(({ path }) => path), shown: files.find(({ key }) => key === shown)?.path })
