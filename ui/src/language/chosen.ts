/** Which language the pages are in. Loaded before all else, so it leans on nothing that holds texts. */

import { isLanguage, type Language } from './catalogs'

/** Under this name the browser keeps what its reader has chosen in the settings, the language among it. */
export const PREFERENCES_KEPT_AS = 'tiercel-preferences'

export interface Chosen {
  language: Language
  /** How dates and numbers are written: `de-AT` where the catalog is `de`. */
  tag: string
}

/**
 * The language that was chosen in the settings, or else the first of the browser's that there is a catalog of.
 *
 * `kept` is the text of the preferences, `tags` are the browser's languages, the most liked one first.
 */
export function chosen(kept: string | null, tags: readonly string[]): Chosen {
  const sound = tags.filter(isSound)
  const language = keptLanguage(kept) ?? sound.map(base).find(isLanguage) ?? 'en'
  return { language, tag: sound.find((tag) => base(tag) === language) ?? language }
}

const base = (tag: string): string => tag.toLowerCase().split('-')[0] ?? ''

function keptLanguage(kept: string | null): Language | undefined {
  try {
    const { language } = JSON.parse(kept ?? '{}') as { language?: unknown }
    return isLanguage(language) ? language : undefined
  } catch {
    return undefined
  }
}

/** Some systems tell tags that no part of the browser understands, as `en-US@posix`. */
function isSound(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** What the browser keeps; it may refuse to keep or to tell anything. */
export function keptPreferences(): string | null {
  try {
    return localStorage.getItem(PREFERENCES_KEPT_AS)
  } catch {
    return null
  }
}
