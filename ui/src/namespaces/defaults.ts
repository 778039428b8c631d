import type { Flow } from '../api/types'

export interface Default {
  type: string
  values: Record<string, unknown>
  isForced: boolean
  /** None for those of the server. */
  flowId?: string
}

interface Written {
  type?: unknown
  forced?: unknown
  values?: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value)

/** What a flow declares under `pluginDefaults`, or under the older `taskDefaults`. */
export function declaredDefaults(flow: Flow): Default[] {
  const written = [flow.pluginDefaults, flow.taskDefaults].flatMap((items) => (Array.isArray(items) ? (items as Written[]) : []))
  return written.map(({ type, forced, values }) => ({ type: String(type), isForced: forced === true, values: isObject(values) ? values : {}, flowId: flow.id }))
}

const KEY = /^kestra\.(?:plugins|tasks)\.defaults\[(\d+)\]\.(.+)$/

/** What the operator set for all flows, from the lines of the configuration; the server has masked its values. */
export function serverDefaults(properties: Readonly<Record<string, string>>): Default[] {
  const found = new Map<string, Default>()
  for (const [name, value] of Object.entries(properties)) {
    const [, index, rest] = KEY.exec(name) ?? []
    if (index === undefined || rest === undefined) continue
    const group = `${name.slice(0, name.indexOf('['))}[${index}]`
    const item = found.get(group) ?? { type: '', values: {}, isForced: false }
    found.set(group, item)
    if (rest === 'type') item.type = value
    else if (rest === 'forced') item.isForced = value === 'true'
    else item.values[rest.replace(/^values\./, '')] = value
  }
  return [...found.values()]
}
