import { useSyncExternalStore } from 'react'
import { many, parseSearch, stringifySearch, type Search } from '../search'

/** A page with its filters, kept in this browser. */
export interface Bookmark {
  to: string
  search: Search
  title: string
}

const KEPT_AS = 'tiercel-bookmarks'

/** What is kept may be broken, or written by another: only places of these pages are taken. */
export function readBookmarks(text: string | null): Bookmark[] {
  let kept: unknown
  try {
    kept = JSON.parse(text ?? '[]')
  } catch {
    return []
  }
  return (Array.isArray(kept) ? kept : []).flatMap((item: Partial<Bookmark> | null) => {
    if (typeof item?.to !== 'string' || !/^\/(?!\/)/.test(item.to) || typeof item.title !== 'string') return []
    return [{ to: item.to, search: parseSearch(stringifySearch(item.search ?? {})), title: item.title }]
  })
}

/** The page of a list is where one is in it, not what one looks at. */
export function bookmarkOf(path: string, search: Search, name: string): Bookmark {
  const kept = Object.fromEntries(Object.entries(search).filter(([key]) => key !== 'page' && key !== 'size'))
  const filters = Object.keys(kept).flatMap((key) => many(kept, key)).filter(Boolean)
  return { to: path, search: kept, title: [name, ...filters].join(' · ') }
}

const placeOf = ({ to, search }: Bookmark) => to + stringifySearch(search)

export const isAmong = (bookmarks: readonly Bookmark[], bookmark: Bookmark) => bookmarks.some((item) => placeOf(item) === placeOf(bookmark))

/** With a bookmark, or without it if it was there. */
export const toggled = (bookmarks: readonly Bookmark[], bookmark: Bookmark): Bookmark[] =>
  isAmong(bookmarks, bookmark) ? bookmarks.filter((item) => placeOf(item) !== placeOf(bookmark)) : [...bookmarks, bookmark]

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT_AS)
  } catch {
    // A browser may refuse to keep anything.
    return null
  }
}

let current: readonly Bookmark[] = readBookmarks(kept())
const listeners = new Set<() => void>()

export function toggleBookmark(bookmark: Bookmark): void {
  current = toggled(current, bookmark)
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(current))
  } catch {
    // As above: they count until the page is left.
  }
  for (const tell of listeners) tell()
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  return () => listeners.delete(tell)
}

export const useBookmarks = (): readonly Bookmark[] => useSyncExternalStore(subscribe, () => current)
