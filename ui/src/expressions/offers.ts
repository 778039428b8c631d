/** What can be offered in an expression, whatever it is rendered in. */

import { t } from '../language'
import type { Place } from './place'
import words from './words.json'

export type OfferKind = 'variable' | 'property' | 'function' | 'filter' | 'test' | 'tag' | 'value'

export interface Offer {
  label: string
  kind: OfferKind
  /** What it is, in a few words. */
  detail?: string | undefined
  /** Markdown. */
  text?: string | undefined
  /** What is written instead of the label; `$0` is where the cursor then stands. */
  insert?: string
}

/** What an expression can read where it stands. */
export interface Knowledge {
  roots: () => readonly Offer[]
  /** What a path leads to; nothing where it is not known. */
  members: (path: readonly string[]) => Promise<readonly Offer[]>
  /** What a function may be asked for, such as names of secrets. */
  arguments: (name: string) => Promise<readonly Offer[]>
}

interface Word {
  name: string
  text: string
  example: string
}

const worded = (kind: OfferKind, insert: (name: string) => string) => ({ name, text, example }: Word): Offer => ({
  label: name, kind, detail: text, text: `${text}\n\n\`\`\`\n${example}\n\`\`\``, insert: insert(name),
})
const plain = (name: string) => name
const FUNCTIONS = words.functions.map(worded('function', (name) => `${name}($0)`))
const FILTERS = words.filters.map(worded('filter', plain))
const TESTS = words.tests.map(worded('test', plain))
const TAGS = words.tags.map(worded('tag', plain))

/** All that fits a place; the editor narrows it down by what is typed. */
export async function offersAt(place: Place, known: Knowledge): Promise<readonly Offer[]> {
  switch (place.kind) {
    case 'name': return [...known.roots(), ...FUNCTIONS]
    case 'filter': return FILTERS
    case 'test': return TESTS
    case 'tag': return TAGS
    case 'argument': return known.arguments(place.name)
    case 'member': return known.members(place.path)
  }
}

/** Members of a value as it is. */
export function membersOf(value: unknown): Offer[] {
  if (Array.isArray(value)) return []
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).map(([label, inner]) => ({ label, kind: 'property', detail: shortly(inner) }))
}

const MOST_SHOWN = 40

function shortly(value: unknown): string {
  if (Array.isArray(value)) return t`list`
  if (value !== null && typeof value === 'object') return t`map`
  const text = String(value)
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}
