import { useCallback, useMemo, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { contentQuery, fileStatsQuery } from '../api/files'
import type { Flow } from '../api/types'
import { counted, t } from '../language'
import { nameOf } from '../namespaces/paths'
import { confirmed } from '../parts/confirmed'
import { closed, closing, insideOf, opened, readTabs, renamed, writtenTabs, type Closing, type TabKey, type Tabs } from './tabs'

export type OpenFiles = ReturnType<typeof useOpenFiles>

/** The files that are open beside a flow: kept in this tab of the browser, for each flow. */
export function useOpenFiles({ namespace, id }: Flow) {
  const keptAs = `tiercel-tabs-${namespace}.${id}`
  const [tabs, setTabs] = useState(() => readTabs(keptOf(keptAs)))
  const [unsaved, setUnsaved] = useState<ReadonlySet<number>>(NONE)
  const cache = useQueryClient()
  const change = (next: Tabs) => {
    setTabs(next)
    keep(keptAs, next)
  }
  const close = (keys: readonly number[]) => {
    change(closed(tabs, keys))
    setUnsaved(new Set([...unsaved].filter((key) => !keys.includes(key))))
  }
  const mark = useCallback((key: number, isUnsaved: boolean) => setUnsaved((before) => marked(before, key, isUnsaved)), [])
  return {
    tabs,
    /** Those whose text is not stored as it stands. */
    unsaved,
    mark,
    open: (path: string) => change(opened(tabs, path)),
    show: (shown: TabKey) => change({ ...tabs, shown }),
    /** Closes some, after a question where a text would be lost. */
    close: (of: TabKey, which: Closing) => {
      const keys = closing(tabs, of, which)
      const lost = tabs.files.filter(({ key }) => keys.includes(key) && unsaved.has(key))
      if (!lost.length || confirmed(questionOf(lost.map(({ path }) => nameOf(path))))) close(keys)
    },
    /** A file or a folder has another path; what is known of its files is known under it. */
    moved: (from: string, to: string) => {
      const next = renamed(tabs, from, to)
      for (const [at, { path }] of tabs.files.entries()) {
        const there = next.files[at]?.path ?? path
        if (there === path) continue
        for (const query of [contentQuery, fileStatsQuery]) cache.setQueryData(query(namespace, there).queryKey, cache.getQueryData(query(namespace, path).queryKey) as never)
      }
      change(next)
    },
    /** A file or a folder is gone, and its texts with it. */
    gone: (path: string) => close(insideOf(tabs, path)),
  }
}

/** The path of the file that is shown; undefined for the flow. */
export const useShownPath = ({ tabs: { files, shown } }: OpenFiles): string | undefined => useMemo(() => files.find(({ key }) => key === shown)?.path, [files, shown])

const NONE: ReadonlySet<number> = new Set()

function marked(before: ReadonlySet<number>, key: number, isUnsaved: boolean): ReadonlySet<number> {
  if (before.has(key) === isUnsaved) return before
  const next = new Set(before)
  if (isUnsaved) next.add(key)
  else next.delete(key)
  return next
}

const questionOf = (names: readonly string[]) =>
  names.length === 1 ? t`Close ${names[0] ?? ''} without saving it?` : t`Close ${counted(names.length, 'changed file')} without saving?`

function keptOf(key: string): string | null {
  try {
    return sessionStorage.getItem(key)
  } catch {
    // A browser may refuse to keep anything: then the flow stands alone.
    return null
  }
}

function keep(key: string, tabs: Tabs): void {
  try {
    sessionStorage.setItem(key, writtenTabs(tabs))
  } catch {
    // As above: they count until the page is left.
  }
}
