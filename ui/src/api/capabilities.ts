import { useQuery } from '@tanstack/react-query'

/** `POST /api/v1/executions/{}/restart`: parameters have no names, so that both sides may call them what they like. */
export function routesOf(document: { paths?: Record<string, Record<string, unknown>> }): ReadonlySet<string> {
  const routes = new Set<string>()
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    const shape = path.replace(/\{[^}]*\}/g, '{}')
    for (const method of Object.keys(methods)) routes.add(`${method.toUpperCase()} ${shape}`)
  }
  return routes
}

/** Routes of this server, from its own description: pages offer what it can do and nothing else. */
export function useRoutes(): ReadonlySet<string> | undefined {
  return useQuery({
    queryKey: ['openapi'],
    queryFn: async () => routesOf(await (await fetch('/openapi.json')).json()),
    staleTime: Infinity,
    gcTime: Infinity,
  }).data
}

export function useCan(route: string): boolean {
  return useRoutes()?.has(route) ?? false
}
