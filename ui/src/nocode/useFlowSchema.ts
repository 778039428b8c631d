import { useQuery } from '@tanstack/react-query'
import { useCan } from '../api/capabilities'
import { knowSchema } from './known'
import type { FlowSchema } from './schema'

/** The editor fetches it, too, and once for both. */
async function fetched(): Promise<FlowSchema> {
  const { loadSchema } = await import('../editor/monaco')
  return knowSchema((await loadSchema('flow')) as FlowSchema)
}

interface Known {
  /** Undefined until it is there. */
  schema: FlowSchema | undefined
  error: unknown
}

/** What flows are made of. */
export function useFlowSchema(): Known {
  const can = useCan('GET /api/v1/plugins/schemas/{}')
  const { data, error } = useQuery({ queryKey: ['form-schema'], queryFn: fetched, enabled: can, staleTime: Infinity, gcTime: Infinity })
  return { schema: data, error }
}
