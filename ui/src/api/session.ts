import { useSyncExternalStore } from 'react'

/** Whether the server has asked for a login: any request may be the first to learn it. */
let isWanted = false
const listeners = new Set<() => void>()

export function wantLogin(): void {
  isWanted = true
  for (const tell of listeners) tell()
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  return () => listeners.delete(tell)
}

export const useLoginWanted = (): boolean => useSyncExternalStore(subscribe, () => isWanted)
