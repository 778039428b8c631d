/** Where one is in a flow: what has a form of its own, and what leads there. */

import { isMap, rootOf, shapesOf, variantOf, type Definitions, type FlowSchema, type Schema } from './schema'
import { isNamed, leads } from './shape'
import type { Path } from './text'

/** The value that a path leads to within another. */
export function within(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string | number, unknown>)[key] : undefined), value)
}

function inside(schema: Schema, value: unknown, key: string | number, definitions: Definitions): Schema | undefined {
  for (const shape of shapesOf(schema, definitions)) {
    if (shape.kind === 'list' && typeof key === 'number' && !isMap(value)) return shape.of
    if (shape.kind === 'map' && (isMap(value) || value === undefined) && typeof key === 'string') return shape.of
    if (shape.kind === 'object' && shape.schema.properties?.[key]) return shape.schema.properties[key]
    if (shape.kind === 'variants') {
      const found = variantOf(shape.variants, value)?.schema.properties?.[key]
      if (found) return found
    }
  }
  return undefined
}

/** What is known of the place that a path leads to. */
export function schemaAt(schema: FlowSchema, flow: unknown, path: Path): Schema | undefined {
  let found: Schema | undefined = rootOf(schema)
  let value = flow
  for (const key of path) {
    found = found && inside(found, value, key, schema.definitions)
    value = within(value, [key])
  }
  return found
}

/** Whether what stands there has a form of its own: an item of a list, or a task. */
function isPlace(schema: FlowSchema, flow: unknown, path: Path): boolean {
  if (!path.length) return true
  const told = schemaAt(schema, flow, path)
  if (!told || !isMap(within(flow, path))) return false
  return typeof path.at(-1) === 'number' ? leads(told, schema.definitions) : isNamed(told, schema.definitions)
}

/** The places on the way to one, the flow first. */
export const placesTo = (schema: FlowSchema, flow: unknown, path: Path): Path[] =>
  [...Array(path.length + 1).keys()].map((length) => path.slice(0, length)).filter((part) => isPlace(schema, flow, part))

/** The innermost place on the way. */
export const placeOf = (schema: FlowSchema, flow: unknown, path: Path): Path => placesTo(schema, flow, path).at(-1) ?? []

const shortOf = (type: unknown) => (typeof type === 'string' ? type.slice(type.lastIndexOf('.') + 1) : undefined)

/** What an item is called: its id, or what tells it best. */
export function nameOf(value: unknown, index: string | number): string {
  const fallback = typeof index === 'number' ? `#${index + 1}` : index
  if (!isMap(value)) return typeof value === 'string' || typeof value === 'number' ? String(value) : fallback
  const told = [value.id, isMap(value.task) ? value.task.id : undefined, value.key, value.name, shortOf(value.type)].find((one) => one !== undefined && one !== null && one !== '')
  if (told !== undefined) return String(told)
  const first = Object.values(value).find((one) => typeof one === 'string')
  return typeof first === 'string' && first ? first : fallback
}

export interface Crumb {
  path: Path
  /** The property that it stands in. */
  via: string
  name: string
}

/** What leads from the flow to a place; the flow itself is not among it. */
export function crumbsTo(schema: FlowSchema, flow: unknown, path: Path): Crumb[] {
  const places = placesTo(schema, flow, path).slice(1)
  return places.map((place, index) => {
    const before = places[index - 1]?.length ?? 0
    const via = place.slice(before).filter((key) => typeof key === 'string').join(' › ')
    return { path: place, via, name: nameOf(within(flow, place), place.at(-1) as string | number) }
  })
}
