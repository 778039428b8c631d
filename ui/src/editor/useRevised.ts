import { useQueryClient } from '@tanstack/react-query'
import { flowQuery } from '../api/flows'
import type { Flow } from '../api/types'
import { t } from '../language'
import { done } from '../parts/notes'

/** What follows when a flow is saved again: it says so, and every page knows the new revision. */
export function useRevised({ namespace, id }: Pick<Flow, 'namespace' | 'id'>): (next: Flow) => void {
  const cache = useQueryClient()
  return (next) => {
    done(t`Saved as revision ${next.revision}`)
    cache.setQueryData(flowQuery(namespace, id).queryKey, next)
    void cache.invalidateQueries({ queryKey: ['revisions', namespace, id] })
  }
}
