/** What a value may be, out of the schema that the editor has, too: references followed, templates and nulls left out. */

export interface Schema {
  $ref?: string
  type?: string
  title?: string
  description?: string
  markdownDescription?: string
  default?: unknown
  enum?: readonly unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  items?: Schema
  anyOf?: readonly Schema[]
  oneOf?: readonly Schema[]
  /** Leads from a `type` to what is of it. */
  allOf?: readonly { if: Schema; then: Schema }[]
  additionalProperties?: Schema | boolean
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  $dynamic?: boolean
  $deprecated?: boolean
}

export type Definitions = Readonly<Record<string, Schema>>

export interface FlowSchema {
  $ref: string
  definitions: Definitions
}

/** One of several maps, told by its `type`. */
export interface Variant {
  name: string
  /** Older names of the same. */
  aliases: readonly string[]
  schema: Schema
}

export type Shape =
  | { kind: 'text'; format?: string | undefined }
  | { kind: 'number'; isWhole: boolean; least?: number | undefined; most?: number | undefined }
  | { kind: 'switch' }
  | { kind: 'choice'; values: readonly unknown[] }
  | { kind: 'list'; of: Schema }
  | { kind: 'map'; of: Schema }
  | { kind: 'object'; schema: Schema }
  | { kind: 'variants'; variants: readonly Variant[] }
  | { kind: 'any' }

export type ShapeKind = Shape['kind']

const ANYTHING: Schema = {}
const TEMPLATE = '\\{\\{|\\{%'

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1)

/** What a reference leads to. */
export function followed(schema: Schema, definitions: Definitions): Schema {
  let found = schema
  for (const passed = new Set<string>(); found.$ref && !passed.has(found.$ref); ) {
    passed.add(found.$ref)
    found = definitions[nameOf(found.$ref)] ?? ANYTHING
  }
  return found
}

export const rootOf = ({ $ref, definitions }: FlowSchema): Schema => followed({ $ref }, definitions)

const known = new WeakMap<Definitions, WeakMap<Schema, readonly Shape[]>>()

/** The shapes that a value may have, the usual one first; none where there is but an expression. */
export function shapesOf(schema: Schema, definitions: Definitions): readonly Shape[] {
  const kept = known.get(definitions) ?? new WeakMap<Schema, readonly Shape[]>()
  known.set(definitions, kept)
  const found = kept.get(schema) ?? joined(armsOf(schema, definitions))
  kept.set(schema, found)
  return found
}

function armsOf(given: Schema, definitions: Definitions): Shape[] {
  const schema = followed(given, definitions)
  if (schema.allOf) return [{ kind: 'variants', variants: variantsOf(schema.allOf, definitions) }]
  const arms = schema.anyOf ?? schema.oneOf
  if (arms) return arms.flatMap((arm) => armsOf(arm, definitions))
  if (schema.type === 'null' || schema.pattern === TEMPLATE) return []
  if (schema.enum) return [{ kind: 'choice', values: schema.enum }]
  if (schema.const !== undefined) return [{ kind: 'choice', values: [schema.const] }]
  return [plain(schema)]
}

function plain(schema: Schema): Shape {
  switch (schema.type) {
    case 'string': return { kind: 'text', format: schema.format }
    case 'integer': case 'number': return { kind: 'number', isWhole: schema.type === 'integer', least: schema.minimum, most: schema.maximum }
    case 'boolean': return { kind: 'switch' }
    case 'array': return { kind: 'list', of: schema.items ?? ANYTHING }
    case 'object': return mapped(schema)
    default: return { kind: 'any' }
  }
}

function mapped(schema: Schema): Shape {
  if (Object.keys(schema.properties ?? {}).length) return { kind: 'object', schema }
  const { additionalProperties: of } = schema
  return { kind: 'map', of: typeof of === 'object' ? of : ANYTHING }
}

/** Several maps with properties are one choice. */
function joined(arms: readonly Shape[]): readonly Shape[] {
  const objects = arms.flatMap((arm) => (arm.kind === 'object' ? [arm.schema] : []))
  if (objects.length < 2) return arms
  const first = arms.findIndex(({ kind }) => kind === 'object')
  const choice: Shape = { kind: 'variants', variants: objects.map(variant) }
  return arms.flatMap((arm, index) => (index === first ? [choice] : arm.kind === 'object' ? [] : [arm]))
}

function variant(schema: Schema, index: number): Variant {
  const type = schema.properties?.type
  const [name, ...aliases] = (type?.enum ?? (type?.const === undefined ? [schema.title ?? `${index + 1}`] : [type.const])).map(String)
  return { name: name as string, aliases, schema }
}

function variantsOf(arms: NonNullable<Schema['allOf']>, definitions: Definitions): Variant[] {
  const found = new Map<string, Variant & { aliases: string[] }>()
  for (const { if: condition, then } of arms) {
    const name = nameOf(then.$ref ?? '')
    const entry = found.get(name) ?? { name, aliases: [], schema: followed(then, definitions) }
    entry.aliases.push(...olderNames(condition.properties?.type?.pattern))
    found.set(name, entry)
  }
  return [...found.values()]
}

/** `^(?:a\.B|c\.D)$` has the names a.B and c.D. */
function olderNames(pattern: string | undefined): string[] {
  const listed = /^\^\(\?:(.*)\)\$$/.exec(pattern ?? '')?.[1]
  return listed ? listed.split('|').map((name) => name.replaceAll('\\', '')) : []
}

export const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The variant that a map is of, by its `type`. */
export function variantOf(variants: readonly Variant[], value: unknown): Variant | undefined {
  const type = isMap(value) ? value.type : undefined
  return variants.find(({ name, aliases }) => name === type || aliases.includes(String(type)))
}

/** Whether a template may stand for the value. */
export function isDynamic(schema: Schema, definitions: Definitions): boolean {
  if (schema.$dynamic !== undefined) return schema.$dynamic
  return (schema.anyOf ?? schema.oneOf ?? []).some((arm) => followed(arm, definitions).pattern === TEMPLATE)
}

export const isExpression = (value: unknown): boolean => typeof value === 'string' && /\{\{|\{%/.test(value)

/** Whether a field for the shape can show a value. */
export function fits(shape: Shape, value: unknown): boolean {
  switch (shape.kind) {
    case 'text': return ['string', 'number', 'boolean'].includes(typeof value)
    case 'number': return typeof value === 'number'
    case 'switch': return typeof value === 'boolean'
    case 'choice': return shape.values.includes(value)
    case 'list': return Array.isArray(value)
    case 'map': case 'object': case 'variants': return isMap(value)
    case 'any': return true
  }
}
