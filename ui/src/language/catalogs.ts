import type { Catalog } from '.'

/** Languages of the pages, each under its own name. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  hi: 'हिन्दी',
  it: 'Italiano',
  ja: '日本語',
  ko: '한국어',
  pl: 'Polski',
  pt: 'Português',
  ru: 'Русский',
  zh: '简体中文',
} as const

export type Language = keyof typeof LANGUAGES

export const isLanguage = (value: unknown): value is Language => typeof value === 'string' && Object.hasOwn(LANGUAGES, value)

const CATALOGS = import.meta.glob<{ default: Catalog }>('./catalogs/*.json')

/** The texts of a language; English has none, as it is the key. */
export async function catalogOf(language: Language): Promise<Catalog> {
  const load = CATALOGS[`./catalogs/${language}.json`]
  return load ? (await load()).default : {}
}
