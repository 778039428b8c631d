/** New things, with what they must have. */

import { stringify } from 'yaml'
import { followed, isMap, rootOf, shapesOf, variantOf, type Definitions, type FlowSchema, type Schema, type Shape, type Variant } from './schema'
import { isNamed, isSmall } from './shape'
import { knownSchema } from './known'

const TASK = 'io.kestra.plugin.core.log.Log'
const DEEPEST = 4

/** A name that is free in a text, made of a type: `http_request`, then `http_request_2`. */
export function freeId(type: string, source: string): string {
  const last = type.slice(type.lastIndexOf('.') + 1)
  const name = last === last.toUpperCase() ? last.toLowerCase() : last.replace(/(?<=[a-z0-9])[A-Z]/g, '_$&').toLowerCase()
  const taken = new Set([...source.matchAll(/\bid:[ \t]*["']?([\w.-]+)/g)].map(([, id]) => id))
  return freeName(name.replace(/\W/g, '_'), taken)
}

export function freeName(name: string, taken: ReadonlySet<string | undefined>): string {
  let free = name
  for (let count = 2; taken.has(free); count += 1) free = `${name}_${count}`
  return free
}

/** YAML of a new task, trigger, condition or task runner: with a free id, and what its type requires. */
export function skeletonOf(type: string, source: string, schema: FlowSchema | undefined = knownSchema()): string {
  const definitions = schema?.definitions ?? {}
  const found = definitions[type] ?? (schema && ofOlderName(schema, type)) ?? { required: ['id', 'type'] }
  return written(variantValue({ name: type, aliases: [], schema: found }, source, definitions))
}

/** The same for what a schema describes. */
export const skeletonFor = (schema: Schema, source: string, definitions: Definitions): string => written(requiredValue(schema, source, definitions, 0))

export const skeletonOfVariant = (variant: Variant, source: string, definitions: Definitions): string => written(variantValue(variant, source, definitions))

const written = (value: unknown) => stringify(value, { lineWidth: 0 }).trimEnd()

function ofOlderName({ $ref, definitions }: FlowSchema, type: string): Schema | undefined {
  for (const property of Object.values(rootOf({ $ref, definitions }).properties ?? {})) {
    for (const shape of property.items ? shapesOf(property.items, definitions) : []) {
      const found = shape.kind === 'variants' ? variantOf(shape.variants, { type }) : undefined
      if (found) return found.schema
    }
  }
  return undefined
}

function variantValue({ name, schema }: Variant, source: string, definitions: Definitions, depth = 0): Record<string, unknown> {
  const value = objectValue(schema, source, definitions, depth, name)
  return schema.properties?.type || schema.required?.includes('type') ? { ...('id' in value ? { id: value.id } : {}), type: name, ...without(value, ['id', 'type']) } : value
}

const without = (value: Record<string, unknown>, names: readonly string[]) => Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))

function objectValue(schema: Schema, source: string, definitions: Definitions, depth: number, type = 'item'): Record<string, unknown> {
  const names = schema.required ?? []
  return Object.fromEntries(names.map((name) => [name, name === 'id' ? freeId(type, source) : requiredValue(schema.properties?.[name] ?? {}, source, definitions, depth + 1)]))
}

/** The least that a required property may be. */
function requiredValue(schema: Schema, source: string, definitions: Definitions, depth: number): unknown {
  const told = followed(schema, definitions)
  if (told.default !== undefined && told.default !== null) return told.default
  const shape = shapesOf(schema, definitions)[0]
  return shape && depth < DEEPEST ? leastOf(shape, schema, source, definitions, depth) : ''
}

function leastOf(shape: Shape, schema: Schema, source: string, definitions: Definitions, depth: number): unknown {
  switch (shape.kind) {
    case 'text': case 'any': return ''
    case 'number': return shape.least ?? 0
    case 'switch': return false
    case 'choice': return shape.values[0]
    case 'list': return isNamed(shape.of, definitions) && isTasks(shape.of, definitions) ? [firstTask(source)] : []
    case 'map': return {}
    case 'object': return objectValue(shape.schema, source, definitions, depth)
    case 'variants': {
      if (isTasks(schema, definitions)) return firstTask(source)
      const first = shape.variants[0]
      return first ? variantValue(first, source, definitions, depth) : {}
    }
  }
}

const isTasks = (schema: Schema, definitions: Definitions) =>
  shapesOf(schema, definitions).some((shape) => shape.kind === 'variants' && shape.variants.some(({ name }) => name === TASK))

/** A list of tasks is never empty: it begins with a line in the log. */
const firstTask = (source: string) => ({ id: freeId('log', source), type: TASK, message: 'Hello' })

/** The least value of a schema, where somebody adds one; of a small map, all that is to be filled in. */
export function beginOf(schema: Schema, source: string, definitions: Definitions): unknown {
  const shape = shapesOf(schema, definitions)[0] ?? { kind: 'any' }
  const value = leastOf(shape, schema, source, definitions, 0)
  if (shape.kind !== 'object' || !isMap(value) || Object.keys(value).length || !isSmall(schema, definitions)) return value
  return Object.fromEntries(Object.keys(shape.schema.properties ?? {}).map((name) => [name, '']))
}
