/** Values as fields show and read them. */

import { stringify } from 'yaml'
import { t } from '../language'
import { isExpression } from './schema'
import type { Field } from './shape'

export const writtenScalar = (value: unknown): string => (value === undefined || value === null ? '' : typeof value === 'object' ? stringify(value, { lineWidth: 0, collectionStyle: 'flow' }).trimEnd() : String(value))

export const inYaml = (value: unknown): string => stringify(value, { lineWidth: 0 }).trimEnd()

/** What holds while nothing is given. */
export function placeholderOf({ default: standard, shapes }: Pick<Field, 'default' | 'shapes'>): string {
  if (standard !== undefined && standard !== null && standard !== '') return writtenScalar(standard)
  return shapes.some((shape) => shape.kind === 'text' && shape.format === 'duration') ? 'PT10M' : ''
}

interface Read {
  value?: unknown
  problem?: string
}

/** A number that was typed, or an expression for it. */
export function numberIn(text: string, { shapes, isDynamic, isRequired }: Pick<Field, 'shapes' | 'isDynamic' | 'isRequired'>): Read {
  const typed = text.trim()
  if (!typed) return isRequired ? { problem: t`A number is needed.` } : { value: undefined }
  if (isDynamic && isExpression(typed)) return { value: typed }
  const value = Number(typed)
  const shape = shapes.find(({ kind }) => kind === 'number')
  if (!Number.isFinite(value)) return { problem: t`This is no number.` }
  if (shape?.kind !== 'number') return { value }
  if (shape.isWhole && !Number.isInteger(value)) return { problem: t`This is no whole number.` }
  if (shape.least !== undefined && value < shape.least) return { problem: t`It is at least ${shape.least}.` }
  if (shape.most !== undefined && value > shape.most) return { problem: t`It is at most ${shape.most}.` }
  return { value }
}

/** In how many lines two texts of as many lines differ. */
export function changedLines(one: string, other: string): number {
  const lines = other.split('\n')
  return one.split('\n').filter((line, index) => line !== lines[index]).length
}
