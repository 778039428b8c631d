/** What the schema for editors says of a property. */

import type { Property } from '../api/plugins'
import { isPlugin, type Frame } from './places'

interface Described extends Property {
  markdownDescription?: string
  const?: unknown
  oneOf?: Described[]
}

export interface EditorSchema {
  $ref: string
  definitions: Record<string, Described>
}

export interface Told {
  /** The names that lead to it, within a plugin or the flow. */
  names: string[]
  property: Property
  /** What it is made of, where that is of one shape. */
  within?: Property
}

/** What is known of the innermost property that frames lead to. */
export function toldIn({ $ref, definitions }: EditorSchema, frames: readonly Frame[]): Told | undefined {
  const at = Math.max(0, frames.findLastIndex(({ type }) => isPlugin(type)))
  const type = frames[at]?.type
  let shapes: Described[] = [isPlugin(type) ? (definitions[type] ?? {}) : { $ref }]
  let told: Told | undefined
  for (const frame of frames.slice(at)) {
    const { property: name } = frame
    if (name === undefined) break
    const found: Described[] = shapes.flatMap((shape) => opened(shape, definitions)).filter((shape) => fits(shape, frame)).flatMap(({ properties }) => properties?.[name] ?? [])
    if (!found[0]) break
    told = { names: [...(told?.names ?? []), name], property: worded(found[0]) }
    shapes = found
  }
  const within = shapes.flatMap((shape) => opened(shape, definitions)).filter(({ properties }) => Object.keys(properties ?? {}).length)
  return told && { ...told, ...(within.length === 1 ? { within: worded(within[0] as Described) } : {}) }
}

const DEFAULT = /\s*Default value is ?: ?`[^`]*`\s*$/

/** What a flow is made of; the defaults of its properties are told apart from what they are for. */
export function wholeIn({ $ref, definitions }: EditorSchema): Property | undefined {
  const flow = opened({ $ref }, definitions).find(({ properties }) => Object.keys(properties ?? {}).length)
  if (!flow) return undefined
  const { properties = {}, ...rest } = worded(flow)
  const bare = (property: Property): Property => (property.description ? { ...property, description: property.description.replace(DEFAULT, '') } : property)
  return { ...rest, properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, bare(property)])) }
}

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1)

/** Shapes that a value may have: references are followed, lists are their items. */
function opened(shape: Described, definitions: EditorSchema['definitions'], passed: readonly string[] = []): Described[] {
  const { $ref, items, anyOf = [], oneOf = [] } = shape
  const follow = (inner: Described) => opened(inner, definitions, passed)
  if ($ref) {
    const named = passed.includes($ref) ? undefined : definitions[nameOf($ref)]
    return named ? opened(named, definitions, [...passed, $ref]) : []
  }
  return [shape, ...[...anyOf, ...oneOf, ...(items ? [items] : [])].flatMap(follow)]
}

/** Whether a map of that type may be of this shape. */
function fits({ properties }: Described, { type }: Frame): boolean {
  const wanted = (properties?.type as Described | undefined)?.const
  return wanted === undefined || type === undefined || wanted === type || isPlugin(type)
}

function worded(shape: Described): Property {
  const { title: _, markdownDescription, description, properties, ...rest } = shape
  const text = markdownDescription ?? description
  return {
    ...rest,
    ...(text ? { description: text } : {}),
    ...(properties ? { properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, worded(inner)])) } : {}),
  }
}
