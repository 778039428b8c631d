import { useQuery } from '@tanstack/react-query'
import { ROOT } from './root'

interface Description {
  paths?: Record<string, Record<string, unknown>>
}

/** `POST /api/v1/executions/{}/restart`: parameters have no names, so that both sides may call them what they like. */
function routesOf(document: Description): ReadonlySet<string> {
  const routes = new Set<string>()
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    const shape = path.replace(/\{[^}]*\}/g, '{}')
    for (const method of Object.keys(methods)) routes.add(`${method.toUpperCase()} ${shape}`)
  }
  return routes
}

async function description(): Promise<Description> {
  const reply = await fetch(`${ROOT}/openapi.json`, { headers: { 'x-requested-with': 'tiercel' } })
  return reply.ok ? ((await reply.json()) as Description) : {}
}

/** Routes of this server, from its own description: pages offer what it can do and nothing else. */
export function useRoutes(): ReadonlySet<string> | undefined {
  return useQuery({
    queryKey: ['openapi'],
    queryFn: async () => routesOf(await description()),
    staleTime: Infinity,
    gcTime: Infinity,
  }).data
}

export function useCan(route: string): boolean {
  return useRoutes()?.has(route) ?? false
}
