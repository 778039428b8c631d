import { useEffect } from 'react'
import type { Search } from '../search'

/** Lists that are found again as they were left. */
const LISTS: ReadonlySet<string> = new Set(['/dashboards/default', '/flows', '/executions', '/logs', '/admin/triggers'])
/** Where in a list one was is no filter. */
const PLACES = new Set(['page'])

const last = new Map<string, Search>()

export function noteFilters(path: string, search: Search): void {
  if (LISTS.has(path)) last.set(path, Object.fromEntries(Object.entries(search).filter(([name]) => !PLACES.has(name))))
}

/** What a list was narrowed to when it was left; on its own page nothing, so that its entry in the menu shows all of it. */
export const filtersFor = (path: string, here: string): Search => (path === here ? {} : (last.get(path) ?? {}))

/** Remembers, until the page is loaded again, what lists are narrowed to. */
export function useNotedFilters(path: string, search: Search): void {
  useEffect(() => noteFilters(path, search), [path, search])
}
