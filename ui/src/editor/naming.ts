import { isMap, isScalar, parse, parseDocument } from 'yaml'

/** What a flow is known by. */
export interface Name {
  namespace: string
  id: string
}

/** The properties that a flow which is there keeps. */
export const NAMED_BY: readonly string[] = ['id', 'namespace']

/** What a text calls its flow; undefined while it cannot be read, or names none. */
export function nameIn(source: string): Name | undefined {
  let read: unknown
  try {
    read = parse(source, { logLevel: 'silent' })
  } catch {
    return undefined
  }
  const { namespace, id } = (read !== null && typeof read === 'object' ? read : {}) as Partial<Record<keyof Name, unknown>>
  return isPlain(namespace) && isPlain(id) ? { namespace: String(namespace), id: String(id) } : undefined
}

const isPlain = (value: unknown): value is string | number => (typeof value === 'string' && value !== '') || typeof value === 'number'

export const isSame = (one: Name, other: Name): boolean => one.namespace === other.namespace && one.id === other.id

/** The text under another name; the rest of it stays as it is. */
export function named(source: string, name: Name): string {
  const { contents } = parseDocument(source, { logLevel: 'silent' })
  if (!isMap(contents)) return source
  const places = (['namespace', 'id'] as const).flatMap((key) => {
    const node = contents.get(key, true)
    return isScalar(node) && node.range && String(node.value) !== name[key] ? [{ start: node.range[0], end: node.range[1], text: name[key] }] : []
  })
  return places.toSorted((a, b) => b.start - a.start).reduce((text, { start, end, text: next }) => text.slice(0, start) + next + text.slice(end), source)
}
