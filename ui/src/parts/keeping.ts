import { useSyncExternalStore } from 'react'

export interface Kept<T> {
  now: () => T
  set: (next: T) => void
  /** The same in what is drawn, and drawn again when it changes. */
  use: () => T
}

/** Something that a reader has chosen, kept in this browser under a key; `read` takes of the text what fits. */
export function keeping<T>(key: string, read: (text: string | null) => T): Kept<T> {
  let current = read(textOf(key))
  const listeners = new Set<() => void>()
  const take = (next: T) => {
    current = next
    for (const tell of listeners) tell()
  }
  const subscribe = (tell: () => void) => {
    listeners.add(tell)
    return () => listeners.delete(tell)
  }
  const now = () => current
  // Another window of the same browser may change it.
  if (typeof window !== 'undefined') {
    window.addEventListener('storage', (event) => {
      if (event.key === key) take(read(event.newValue))
    })
  }
  return {
    now,
    set: (next) => {
      take(next)
      try {
        localStorage.setItem(key, JSON.stringify(next))
      } catch {
        // A browser may refuse to keep anything: it counts until the page is left.
      }
    },
    use: () => useSyncExternalStore(subscribe, now),
  }
}

function textOf(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    // As above: then what a list begins with counts.
    return null
  }
}
