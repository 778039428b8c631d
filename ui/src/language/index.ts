/**
 * Texts of the pages in the language of their reader. The English text is the key, so the code reads as the page does, and what a catalog
 * lacks stays English. A catalog is there before the first module with texts is evaluated (`main.tsx`): constants may hold texts, and
 * another language takes effect when the page is loaded again.
 */

import type { ReactNode } from 'react'

/** A text whose form depends on a number, by the plural categories of the language. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>>
export type Catalog = Readonly<Record<string, string | Forms>>

let code = 'en'
let catalog: Catalog = {}

/** The language that is in use, as an IETF tag: what dates and numbers are written by. */
export const language = (): string => code

/** Takes the texts of a language. */
export function speak(tag: string, texts: Catalog): void {
  code = tag
  catalog = texts
}

/** What a tagged template is found by: `Delete {0}?`. */
export const keyOf = (parts: readonly string[]): string => parts.reduce((key, part, index) => `${key}{${index - 1}}${part}`)

const HOLES = /\{(\d+)\}/

function found(key: string): string {
  const text = catalog[key]
  return typeof text === 'string' ? text : key
}

/** ``t`Delete ${name}?` `` in the language of the reader. */
export const t = (parts: TemplateStringsArray, ...values: readonly (string | number)[]): string => filled(found(keyOf(parts)), values)

const filled = (text: string, values: readonly (string | number)[]): string =>
  text.split(HOLES).map((piece, index) => (index % 2 ? String(values[Number(piece)] ?? '') : piece)).join('')

/** As `t`, where parts of the text are elements: ``rich`See ${<Link …/>} for more` ``. Elements need a key each. */
export const rich = (parts: TemplateStringsArray, ...values: readonly ReactNode[]): ReactNode[] =>
  found(keyOf(parts)).split(HOLES).map((piece, index) => (index % 2 ? values[Number(piece)] : piece))

/** `1,500`, as the reader writes numbers. */
export const digits = (value: number, options?: Intl.NumberFormatOptions): string => value.toLocaleString(code, options)

/** `87.5 %` for 0.875. */
export const percent = (share: number): string => `${digits(100 * share, { maximumFractionDigits: 1 })} %`

/** `1 flow`, `1,500 flows`; `many` where the English plural is no plain s. Its key is `flow|flows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  const forms = catalog[`${one}|${many}`]
  const english = count === 1 ? `{0} ${one}` : `{0} ${many}`
  const text = typeof forms === 'object' ? (forms[new Intl.PluralRules(code).select(count)] ?? forms.other) : forms
  return filled(text ?? english, [digits(count)])
}
