import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useCan } from '../api/capabilities'
import { deleteFlow } from '../api/flows'
import { dependenciesQuery } from '../api/flowViews'
import type { Flow } from '../api/types'
import { confirmed } from '../parts/confirmed'
import { failed } from '../parts/notes'
import { dependentsOf, farewell } from './dependents'

/** Deletes a flow, after its name and what will miss it were asked about. */
export function useDeletion({ namespace, id }: Flow) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => deleteFlow(namespace, id),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['flows'] })
      void navigate({ to: '/flows', ignoreBlocker: true })
    },
    onError: failed,
  })
  const knowsOthers = useCan('GET /api/v1/flows/{}/{}/dependencies')
  const ask = async () => {
    const others = knowsOthers ? await cache.fetchQuery(dependenciesQuery(namespace, id, false)) : { nodes: [], edges: [] }
    if (confirmed(farewell(id, dependentsOf(others, namespace, id)))) remove.mutate()
  }
  return {
    ask: () => void ask().catch(failed),
    /** Whether the page is about to be left for good. */
    isLeaving: remove.isPending || remove.isSuccess,
  }
}
