import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Catalog } from '.'
import { isLanguage, LANGUAGES } from './catalogs'
import { faultOf, faultsOf, missingOf, wantedKeys } from './complete'
import { readSource, readSources } from './sources'

const FOLDER = join(import.meta.dirname, 'catalogs')

describe('the sources', () => {
  const { keys, unreadable, untranslated } = readSources(join(import.meta.dirname, '..'))

  test('name their texts where they can be found', () => expect(unreadable).toEqual([]))

  // Written the same in every language? Then it belongs into allowed.ts, with what it is.
  test('say nothing that stays English', () => expect(untranslated).toEqual([]))

  const catalogs = (existsSync(FOLDER) ? readdirSync(FOLDER) : []).map((name) => name.replace('.json', ''))
  test('are translated into languages that can be chosen', () => expect(catalogs.filter((name) => !isLanguage(name))).toEqual([]))

  test.each(catalogs)('have all their texts in %s', (language) => {
    const catalog = JSON.parse(readFileSync(join(FOLDER, `${language}.json`), 'utf-8')) as Catalog
    expect(faultsOf(catalog, wantedKeys(keys), language)).toEqual([])
  })
})

describe('what is read of a source', () => {
  const read = (source: string) => readSource('some.tsx', source)
  const texts = (source: string) => read(source).untranslated.map(({ text }) => text)

  test('keys are those by which a catalog is asked', () => {
    const { keys } = read('const a = [t`Delete ${one} of ${two}?`,\n rich`See ${<Link />}`, counted(n, "flow"), counted(n, "entry", "entries")]')
    expect(keys.map(({ text, isCounted, line }) => [text, isCounted, line])).toEqual([
      ['Delete {0} of {1}?', false, 1],
      ['See {0}', false, 2],
      ['flow|flows', true, 2],
      ['entry|entries', true, 2],
    ])
  })

  test('a plural that is no text cannot be found', () => expect(read('counted(n, word)').unreadable.map(({ text }) => text)).toEqual(['counted(n, word)']))

  test('texts between elements are found', () => {
    expect(texts('const a = <p>Hi there <b>{t`you`}</b> – {n}</p>')).toEqual(['Hi there'])
    expect(texts('const a = <p>{isOn ? "on" : `${n} off`}</p>')).toEqual(['on', '{0} off'])
    expect(texts('const a = <code>select all</code>')).toEqual([])
  })

  test('texts of attributes and properties are found', () => {
    expect(texts('const a = <Button title="close" variant="subtle" aria-label={isOn ? t`Hide` : "show"} />')).toEqual(['close', 'show'])
    expect(texts('const a = [{ value: "dark", label: "dark colours" }]')).toEqual(['dark colours'])
  })

  test('sentences and names are found anywhere', () => {
    expect(texts('const a = ["No flow yet", "Overview", "no-flow", "GET /api/v1/flows", "Enter"]')).toEqual(['No flow yet', 'Overview'])
    expect(texts('const a = [`Revision ${n}`, `/Revision/${n}`]')).toEqual(['Revision {0}'])
    expect(texts('throw new Error(`Missing: ${name}`)')).toEqual(['Missing: {0}'])
    expect(texts('const a = t`${isOn ? "Hide" : "Show"} it`')).toEqual(['Hide', 'Show'])
  })

  test('names of states and what is compared are no texts', () => expect(texts('const a = kind === "Pie" ? ["RUNNING"] : kind !== "Some"')).toEqual([]))

  test('types and imports are no texts', () => expect(texts('import x from "Some thing"; type A = "Some thing" | "Over"')).toEqual([]))
})

describe('a catalog', () => {
  const wanted = wantedKeys(readSource('some.tsx', 'const a = [t`Delete ${one}?`, counted(n, "flow")]').keys)

  test('has all texts, with their holes and their forms', () => {
    expect(faultsOf({ 'Delete {0}?': 'Usunąć {0}?', 'flow|flows': { one: 'a', few: '{0} b', many: '{0} c', other: '{0} d' } }, wanted, 'pl')).toEqual([])
    expect(faultsOf({ 'Delete {0}?': 'Usunąć?', Gone: 'x' }, wanted, 'pl')).toEqual([
      '“Delete {0}?” must hold {0}',
      '“flow|flows” is missing',
      '“Gone” is said nowhere',
    ])
    expect(faultOf('flow|flows', true, { one: 'a', other: '{0} b' }, 'pl')).toBe('must have the forms one, few, many, other')
    expect(faultOf('flow|flows', true, '{0}', 'ja')).toBe('must have forms by number')
    expect(faultOf('Close', false, ' ', 'ja')).toBe('is empty')
  })

  test('is completed from the English', () => {
    expect(missingOf({ 'Delete {0}?': '{0} löschen?' }, wanted, 'de')).toEqual({ 'flow|flows': { one: '{0} flow', other: '{0} flows' } })
  })

  test('belongs to a language of its own, but for English', () => expect(Object.keys(LANGUAGES)).toHaveLength(12))
})
