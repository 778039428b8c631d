import { useEffect } from 'react'
import type { Search } from '../search'
import { preferences } from '../settings/preferences'
import type { Change } from '../useAddress'

/** The namespace that a list begins with: where it is opened without a filter, and the reader wants one. */
export const namespaceToFill = (search: Search, liked: string): string | undefined =>
  liked && Object.keys(search).length === 0 ? liked : undefined

/** Fills the namespace of a list that is opened; whoever clears it then sees all. */
export function useDefaultNamespace(search: Search, change: (change: Change) => void, isWanted: boolean): void {
  useEffect(() => {
    const namespace = isWanted ? namespaceToFill(search, preferences().namespace) : undefined
    if (namespace) change({ namespace })
    // Once, when the list is opened: a filter that was cleared stays so.
  }, [])
}
