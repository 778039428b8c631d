import { useQuery } from '@tanstack/react-query'
import { pluginQuery, pluginsQuery } from '../api/plugins'
import { one, type Search } from '../search'
import { kindOf } from './groups'
import { flowWith } from './insert'
import { isRequired } from './shapes'

/** The flow that an address asks for with `plugin` and `example`: undefined while it is looked up, null without. */
export function useInserted(search: Search, namespace: string): string | null | undefined {
  const cls = one(search, 'plugin')
  const plugins = useQuery({ ...pluginsQuery, enabled: cls !== '' })
  const doc = useQuery({ ...pluginQuery(cls), enabled: cls !== '', retry: false })
  if (!cls || doc.error || plugins.error) return null
  if (!doc.data || !plugins.data) return undefined
  const shape = doc.data.schema?.properties ?? {}
  const required = Object.entries(shape.properties ?? {}).filter(([name, property]) => isRequired(name, property, shape)).map(([name]) => name)
  const place = one(search, 'example')
  const example = place ? shape.$examples?.[Number(place)]?.code : undefined
  return flowWith({ cls, kind: kindOf(plugins.data, cls), namespace, example, required })
}
