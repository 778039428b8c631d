import type { QueryClient } from '@tanstack/react-query'

/**
 * Reads what is known of the files of a namespace again, after a change.
 *
 * A folder that has just been opened may be answered as it was before; what is asked for the first time is not asked again by itself.
 */
export async function readAgain(cache: QueryClient, namespace: string): Promise<void> {
  await cache.cancelQueries({ queryKey: ['files', namespace, 'folder'], type: 'active', predicate: ({ state }) => state.data === undefined })
  await cache.invalidateQueries({ queryKey: ['files', namespace] })
}
