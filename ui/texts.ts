/**
 * The texts of the pages and their translations; see docs/pages.md.
 *
 *     python ui/build.py texts                        how many texts are not translatable, by folder
 *     python ui/build.py texts untranslated [folder]  which
 *     python ui/build.py texts keys                   each text, and where it is said
 *     python ui/build.py texts missing de             what German lacks, as JSON with English values
 *     python ui/build.py texts take de < FILE         takes such JSON, translated, into the catalog
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { faultOf, missingOf, wantedKeys } from './src/language/complete.ts'
import type { Catalog } from './src/language/index.ts'
import { readSources } from './src/language/sources.ts'

const SOURCES = join(import.meta.dirname, 'src')
const { keys, untranslated, unreadable } = readSources(SOURCES)
const wanted = wantedKeys(keys)

const catalogPath = (language: string) => join(SOURCES, 'language/catalogs', `${language}.json`)
const read = (path: string): Catalog => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf-8')) as Catalog) : {})

/** Takes what is sound, lets go of what is said nowhere any more, and tells what is wrong. */
function take(language: string, translated: Catalog): void {
  const old = read(catalogPath(language))
  const taken: [string, Catalog[string]][] = []
  for (const [key, isCounted] of wanted) {
    const text = translated[key] ?? old[key]
    const fault = faultOf(key, isCounted, text, language)
    if (text !== undefined && !fault) taken.push([key, text])
    else if (key in translated) console.error(`“${key}” ${fault}`)
  }
  for (const key of Object.keys(translated)) if (!wanted.has(key)) console.error(`“${key}” is said nowhere`)
  mkdirSync(dirname(catalogPath(language)), { recursive: true })
  writeFileSync(catalogPath(language), `${JSON.stringify(Object.fromEntries(taken), null, 1)}\n`)
  console.log(`${taken.length} of ${wanted.size}`)
}

function tell(command = 'counts', ...[first = '']: string[]): void {
  if (command === 'missing') console.log(JSON.stringify(missingOf(read(catalogPath(first)), wanted, first), null, 1))
  else if (command === 'take') take(first, JSON.parse(readFileSync(0, 'utf-8')) as Catalog)
  else if (command === 'keys') for (const { text, path, line } of keys) console.log(`${text}\t${path}:${line}`)
  else {
    const found = [...untranslated, ...unreadable]
    if (command === 'untranslated') for (const { path, line, text } of found) path.startsWith(first) && console.log(`${path}:${line} ${text}`)
    else for (const [folder, texts] of Map.groupBy(found, ({ path }) => path.split('/')[0])) console.log(`${texts.length} ${folder}`)
    console.log(`${found.length} untranslated, ${wanted.size} translatable texts`)
  }
}

tell(...process.argv.slice(2))
