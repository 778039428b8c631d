/** Types to choose from, and which of them somebody means. */

import type { Kind, Plugin } from '../plugins/groups'
import type { Definitions, Variant } from './schema'

export interface Choice {
  name: string
  /** Its last part, which people know it by. */
  short: string
  /** What comes before that. */
  group: string
  /** One line that says what it does. */
  told: string
  /** Kept for old flows. */
  isOld: boolean
}

const OLD = /\bold(er)?\b[^.]*\b(type|form|name)\b|deprecated/i
const LINE = 160

export function choiceOf(name: string, title: string | undefined, description = ''): Choice {
  const at = name.lastIndexOf('.')
  const told = title && title !== name && /\s/.test(title) ? title : (description.split('\n')[0] ?? '')
  return {
    name,
    short: name.slice(at + 1),
    group: at < 0 ? '' : name.slice(0, at).replace(/^io\.kestra\.plugin\./, ''),
    told: told.replaceAll('`', '').slice(0, LINE),
    isOld: OLD.test(title ?? '') || (name.startsWith('io.kestra.') && !name.startsWith('io.kestra.plugin.')),
  }
}

/** All types of a kind. */
export function typesOf(plugins: readonly Plugin[], kind: Kind, definitions: Definitions): Choice[] {
  const names = new Set(plugins.flatMap((plugin) => plugin[kind] ?? []))
  return [...names].map((name) => choiceOf(name, definitions[name]?.title, definitions[name]?.markdownDescription))
}

export const variantChoices = (variants: readonly Variant[]): Choice[] =>
  variants.map(({ name, schema }) => choiceOf(name, schema.title, schema.markdownDescription ?? schema.description))

/** Those that hold every word that was typed, the best on top; a short name counts more than what is said of it. */
export function ranked(choices: readonly Choice[], text: string): Choice[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return choices
    .map((choice) => ({ choice, score: scoreOf(choice, words) }))
    .filter(({ score }) => score >= 0)
    .toSorted((a, b) => b.score - a.score || byName(a.choice, b.choice))
    .map(({ choice }) => choice)
}

const byName = (a: Choice, b: Choice) => Number(isCore(b)) - Number(isCore(a)) || a.short.localeCompare(b.short) || a.name.localeCompare(b.name)
const isCore = ({ group }: Choice) => group.startsWith('core.')

/** Below zero where a word is not found at all. */
function scoreOf({ name, short, told, isOld }: Choice, words: readonly string[]): number {
  const scores = words.map((word) => {
    const last = short.toLowerCase()
    if (last === word) return 40
    if (last.startsWith(word)) return 30
    if (last.includes(word)) return 20
    if (name.toLowerCase().includes(word)) return 10
    return told.toLowerCase().includes(word) ? 1 : -1
  })
  if (scores.includes(-1)) return -1
  return scores.reduce((sum, score) => sum + score, isOld ? 0 : 1000)
}
