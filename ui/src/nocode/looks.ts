/** Other ways to give a value than the one that is shown. */

import { t } from '../language'
import { fits, isExpression, type Shape } from './schema'
import { isSet, lookOf, type Field, type Look } from './shape'

/** How a field is shown: as somebody wants it, if its value can be; else as it is. */
export function shownAs(field: Field, wanted: Look | undefined): Look {
  const { value } = field
  if (wanted?.kind === 'yaml') return wanted
  if (wanted?.kind === 'expression') return isScalar(value) ? wanted : lookOf(field, value)
  return wanted && (!isSet(value) || value === null || fits(wanted, value)) ? wanted : lookOf(field, value)
}

const isScalar = (value: unknown) => value === null || typeof value !== 'object'

export interface Way {
  label: string
  look: Look
  /** What the value becomes; without, it stays. */
  value?: unknown
}

const LABELS: Partial<Record<Look['kind'], () => string>> = {
  text: () => t`As a text`,
  list: () => t`As a list`,
  map: () => t`As a map`,
  object: () => t`As a map`,
  variants: () => t`As a map`,
  number: () => t`As a number`,
  switch: () => t`As a switch`,
  choice: () => t`As one of a list`,
  expression: () => t`As an expression`,
  yaml: () => t`As YAML`,
  any: () => t`As YAML`,
}

export const labelOf = ({ kind }: Look): string => LABELS[kind]?.() ?? kind

/** What a field may be shown as instead. */
export function waysOf(field: Field, look: Look): Way[] {
  const { shapes, value, isDynamic } = field
  const ways = shapes.filter(({ kind }) => kind !== look.kind).flatMap((shape) => wayTo(shape, value) ?? [])
  const takesText = shapes.some(({ kind }) => kind === 'text' || kind === 'any')
  if (isDynamic && !takesText && look.kind !== 'expression' && isScalar(value)) ways.push(way({ kind: 'expression' }))
  if (look.kind !== 'yaml' && look.kind !== 'any') ways.push(way({ kind: 'yaml' }))
  return ways
}

const way = (look: Look): Way => ({ label: labelOf(look), look })

/** A text becomes a list of it, a list of texts their lines; nothing else is made of what there is. */
function wayTo(shape: Shape, value: unknown): Way | undefined {
  if (!isSet(value) || value === null || fits(shape, value)) return way(shape)
  if (shape.kind === 'list' && typeof value === 'string' && !isExpression(value)) return { ...way(shape), value: value.split('\n').filter(Boolean) }
  if (shape.kind === 'text' && Array.isArray(value) && value.every(isScalar)) return { ...way(shape), value: value.join('\n') }
  return undefined
}
