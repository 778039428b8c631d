/** The fields of a form: what the schema knows of a map, and what stands in it. */

import { fits, isDynamic, isExpression, isMap, shapesOf, variantOf, type Definitions, type Schema, type Shape } from './schema'

export interface Field {
  name: string
  schema: Schema
  /** What it may be, the usual one first. */
  shapes: readonly Shape[]
  value: unknown
  isRequired: boolean
  isDeprecated: boolean
  /** Whether the schema knows it. */
  isKnown: boolean
  /** Whether an expression may stand for it. */
  isDynamic: boolean
  description: string
  default: unknown
}

/** How a value is shown: by the field of a shape, as an expression, or as YAML where it is none of what it should be. */
export type Look = Shape | { kind: 'expression' } | { kind: 'yaml' }

export const isSet = (value: unknown) => value !== undefined

/** The map that a value is described by: of several, that of its `type`. */
export function objectOf(schema: Schema, value: unknown, definitions: Definitions): Schema | undefined {
  for (const shape of shapesOf(schema, definitions)) {
    if (shape.kind === 'object') return shape.schema
    if (shape.kind === 'variants') return variantOf(shape.variants, value)?.schema
  }
  return undefined
}

/** Fields in the order in which they are shown: required, then set as they are written, then the others; deprecated ones only where they are set. */
export function fieldsOf(object: Schema | undefined, value: unknown, definitions: Definitions): Field[] {
  const set = isMap(value) ? value : {}
  const required = object?.required ?? []
  const properties = object?.properties ?? {}
  const names = [...new Set([...Object.keys(properties), ...Object.keys(set)])]
  const fields = names.map((name) => fieldOf(name, Object.hasOwn(properties, name) ? properties[name] : undefined, set[name], required.includes(name), definitions))
  const written = Object.keys(set)
  const rank = (field: Field) => (field.isRequired ? -1 : isSet(field.value) ? written.indexOf(field.name) : written.length)
  return fields.filter((field) => !field.isDeprecated || isSet(field.value)).toSorted((a, b) => rank(a) - rank(b))
}

const UNKNOWN: Schema = {}
const DEFAULT_TOLD = /\s*Default value is : `[^`]*`\s*$/

export function fieldOf(name: string, schema: Schema | undefined, value: unknown, isRequired: boolean, definitions: Definitions): Field {
  const known = schema ?? UNKNOWN
  return {
    name, value, isRequired,
    schema: known,
    shapes: shapesOf(known, definitions),
    isDeprecated: known.$deprecated === true,
    isKnown: schema !== undefined,
    isDynamic: isDynamic(known, definitions),
    description: (known.markdownDescription ?? known.description ?? '').replace(DEFAULT_TOLD, ''),
    default: known.default ?? undefined,
  }
}

/** How a field shows a value by itself. */
export function lookOf({ shapes, isDynamic: takesExpressions }: Pick<Field, 'shapes' | 'isDynamic'>, value: unknown): Look {
  const first = shapes[0] ?? { kind: 'any' }
  if (value === undefined || value === null) return first
  const shape = shapes.find((one) => fits(one, value))
  if (shape && !(shape.kind === 'choice' && isExpression(value))) return shape
  if (isExpression(value) && takesExpressions) return { kind: 'expression' }
  return shape ?? (shapes.length ? { kind: 'yaml' } : { kind: 'any' })
}

/** Texts that are usually longer than a line. */
const LONG = new Set(['script', 'sql', 'query', 'message', 'description', 'body', 'prompt', 'content', 'payload', 'spec', 'textContent', 'htmlTextContent', 'messageText'])

export const isLong = (name: string, value: unknown) => LONG.has(name) || (typeof value === 'string' && value.includes('\n'))

const SIMPLE = ['text', 'number', 'switch', 'choice']
const FEW = 3

/** Maps of a few plain values stand in one row of a list; others have a form of their own. */
export function isSmall(schema: Schema, definitions: Definitions): boolean {
  const shapes = shapesOf(schema, definitions)
  const shape = shapes[0]
  if (shapes.length !== 1 || shape?.kind !== 'object') return false
  const properties = Object.values(shape.schema.properties ?? {})
  return properties.length <= FEW && properties.every((property) => shapesOf(property, definitions).every(({ kind }) => SIMPLE.includes(kind)))
}

/** Whether items of a list lead to forms of their own. */
export function leads(schema: Schema, definitions: Definitions): boolean {
  const shapes = shapesOf(schema, definitions)
  return shapes.some(({ kind }) => kind === 'object' || kind === 'variants') && !isSmall(schema, definitions)
}

/** Whether it is a task: something with an id that runs, not a setting of something else. */
export function isNamed(schema: Schema, definitions: Definitions): boolean {
  const shape = shapesOf(schema, definitions)[0]
  return shape?.kind === 'variants' && shape.variants.length > 0 && shape.variants.every((one) => one.schema.required?.includes('id'))
}
