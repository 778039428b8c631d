/** What a JSON schema says, as people read it. */

import type { Property, Shape } from '../api/plugins'
import { t } from '../language'

const nameOfRef = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1)

/** A template may stand for any value, so it is told once for all (`expressions`), not as one of the types. */
export function typeOf({ type, $ref, items, anyOf, enum: values, additionalProperties }: Property): string {
  if ($ref) return nameOfRef($ref)
  if (anyOf) return [...new Set(anyOf.filter(({ pattern, type: kind }) => !pattern && kind !== 'null').map(typeOf))].reduce(either, '') || t`any`
  const name = Array.isArray(type) ? type.reduce(either, '') : (type ?? (values ? t`one of a list` : t`any`))
  if (items) return t`array of ${typeOf(items)}`
  return typeof additionalProperties === 'object' ? t`map of ${typeOf(additionalProperties)}` : name
}

const either = (one: string, other: string): string => (one ? t`${one} or ${other}` : other)

/** Names of the definitions that a shape refers to, directly. */
export function refsOf(shape: Property | undefined): string[] {
  if (!shape) return []
  const { $ref, items, anyOf, additionalProperties, properties } = shape
  const inner = [items, ...(anyOf ?? []), typeof additionalProperties === 'object' ? additionalProperties : undefined, ...Object.values(properties ?? {})]
  return [...new Set([...($ref ? [nameOfRef($ref)] : []), ...inner.flatMap(refsOf)])]
}

/** Definitions that some shapes need, with those that these need, in the order in which they come up. */
export function reachable(shapes: readonly (Property | undefined)[], definitions: Readonly<Record<string, Property>>): string[] {
  const found: string[] = []
  const waiting = shapes.flatMap(refsOf)
  while (waiting.length) {
    const name = waiting.shift() as string
    if (found.includes(name) || !definitions[name]) continue
    found.push(name)
    waiting.push(...refsOf(definitions[name]))
  }
  return found
}

/** A property, of a definition or else of the type itself. */
export interface Marked {
  definition?: string
  name: string
}

/** The innermost property that a path of names leads to; names between that nobody knows, as those of a map, are passed over. */
export function markedIn(shape: Property | undefined, definitions: Readonly<Record<string, Property>>, path: readonly string[]): Marked | undefined {
  let marked: Marked | undefined
  let places: { definition?: string; shape: Property }[] = shape ? [{ shape }] : []
  for (const name of path) {
    const place = places.find((one) => one.shape.properties?.[name])
    if (!place) continue
    marked = { ...(place.definition === undefined ? {} : { definition: place.definition }), name }
    places = refsOf(place.shape.properties?.[name]).map((definition) => ({ definition, shape: definitions[definition] ?? {} }))
  }
  return marked
}

export const isRequired = (name: string, property: Property, shape: Shape) => property.$required === true || shape.required?.includes(name) === true

/** A title that only repeats the name says nothing. */
export const tellingTitle = (name: string, title: string | undefined) =>
  title && title.replace(/[^a-z0-9]/gi, '').toLowerCase() !== name.replace(/[^a-z0-9]/gi, '').toLowerCase() ? title : undefined
