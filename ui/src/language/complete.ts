/** Whether a catalog has what the pages say. For tests and `ui/texts.ts`, not for the pages. */

import type { Catalog, Forms } from './index.ts'
import type { Key } from './sources.ts'

/** The keys of the code, each once and in order, with whether they are counted. */
export const wantedKeys = (keys: readonly Key[]): ReadonlyMap<string, boolean> =>
  new Map(keys.map(({ text, isCounted }): [string, boolean] => [text, isCounted]).sort(([a], [b]) => (a < b ? -1 : 1)))

export const categoriesOf = (language: string): Intl.LDMLPluralRule[] => new Intl.PluralRules(language).resolvedOptions().pluralCategories

const holesOf = (text: string): string => [...new Set(text.match(/\{\d+\}/g))].sort().join(' ')

const NUMBER = '{0}'

/** What a translation of a text has wrong; undefined for a sound one. */
export function faultOf(key: string, isCounted: boolean, text: string | Forms | undefined, language: string): string | undefined {
  if (text === undefined) return 'is missing'
  if (isCounted !== (typeof text === 'object')) return isCounted ? 'must have forms by number' : 'must be one text'
  if (typeof text === 'string') return wrongText(text) ?? (holesOf(text) === holesOf(key) ? undefined : `must hold ${holesOf(key) || 'no holes'}`)
  const categories = categoriesOf(language)
  if (Object.keys(text).sort().join() !== [...categories].sort().join()) return `must have the forms ${categories.join(', ')}`
  // A form for one thing alone may do without the number.
  return Object.values(text).map((form) => wrongText(form) ?? ([NUMBER, ''].includes(holesOf(form)) ? undefined : `may hold ${NUMBER} alone`)).find(Boolean)
}

const wrongText = (text: string): string | undefined => (text.trim() ? undefined : 'is empty')

/** What keeps a catalog from being that of the pages. */
export function faultsOf(catalog: Catalog, wanted: ReadonlyMap<string, boolean>, language: string): string[] {
  const faults = [...wanted].map(([key, isCounted]) => [key, faultOf(key, isCounted, catalog[key], language)])
  const left = Object.keys(catalog).filter((key) => !wanted.has(key)).map((key) => [key, 'is said nowhere'])
  return [...faults, ...left].filter(([, fault]) => fault).map(([key, fault]) => `“${key}” ${fault}`)
}

function formsOf(key: string, language: string): Forms {
  const [one, many] = key.split('|')
  return Object.fromEntries(categoriesOf(language).map((category) => [category, `${NUMBER} ${category === 'one' ? one : many}`]))
}

/** What is still to be translated, each with the English in its place. */
export function missingOf(catalog: Catalog, wanted: ReadonlyMap<string, boolean>, language: string): Record<string, string | Forms> {
  const missing = [...wanted].filter(([key, isCounted]) => faultOf(key, isCounted, catalog[key], language))
  return Object.fromEntries(missing.map(([key, isCounted]) => [key, isCounted ? formsOf(key, language) : key]))
}
