import { many, type Search } from '../search'
import type { Change } from '../useAddress'

export interface SavedSearch {
  name: string
  search: Search
}

/** What the address says under some names, where that is anything. */
export function filtersIn(search: Search, names: readonly string[]): Search {
  const found: Search = {}
  for (const name of names) {
    const values = many(search, name).filter(Boolean)
    if (values.length) found[name] = values
  }
  return found
}

/** The change of an address to a saved search: what it doesn't name is let go of. */
export const applied = (saved: Search, names: readonly string[]): Change =>
  Object.fromEntries([...names, 'page'].map((name) => [name, names.includes(name) ? saved[name] : undefined]))

/** With one search more, by name; it takes the place of one of the same name. */
export const withSearch = (searches: readonly SavedSearch[], name: string, search: Search): SavedSearch[] =>
  [...withoutSearch(searches, name), { name, search }].sort((a, b) => a.name.localeCompare(b.name))

export const withoutSearch = (searches: readonly SavedSearch[], name: string): SavedSearch[] => searches.filter((saved) => saved.name !== name)

/** Of what was kept, the searches that can be used. */
export function readSearches(kept: unknown): SavedSearch[] {
  return (Array.isArray(kept) ? kept : []).flatMap((item: Partial<SavedSearch> | null) => {
    if (typeof item?.name !== 'string' || !item.name || item.search === null || typeof item.search !== 'object') return []
    const texts = Object.entries(item.search).map(([name, value]): [string, string[]] => [name, [value].flat().filter((text) => typeof text === 'string')])
    return [{ name: item.name, search: Object.fromEntries(texts) }]
  })
}
