/** What the search for untranslated texts knows of the pages. */

/** Attributes and properties that people read or hear. */
export const TEXT_NAMES: readonly string[] = [
  'label', 'title', 'placeholder', 'description', 'aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'ariaLabel', 'hint', 'verb', 'question',
  'error', 'alt', 'message', 'legend', 'summary', 'nothingFoundMessage', 'empty', 'note', 'caption', 'tooltip', 'heading', 'what', 'effect', 'reason',
]

/** Functions whose first argument people read. */
export const CALLS: readonly string[] = ['done', 'confirmed']

/** Elements whose text is written the same everywhere. */
export const CODE_ELEMENTS: readonly string[] = ['code', 'Code', 'Kbd', 'kbd', 'pre', 'style']

/** Keys of keyboards, as events name them. */
const KEYS = ['Enter', 'Escape', 'Home', 'End', 'Tab', 'Delete', 'Backspace', 'Space']

/** Names of products, protocols and types. */
const NAMES = ['Tiercel', 'Markdown', 'CSV', 'Gantt', 'JSON', 'YAML']

/** Ways of writing that look like names. */
const CODE = ['Content-Type']

const ALLOWED: ReadonlySet<string> = new Set([...KEYS, ...NAMES, ...CODE])

/** Each under its own name, in every language. */
const IN_OWN_WORDS = ['language/catalogs.ts', 'language/allowed.ts', 'language/sources.ts']

/** A route of the server, as `useCan` asks for it. */
const ROUTE = /^(GET|POST|PUT|PATCH|DELETE) \//

export const isAllowed = (text: string, path: string): boolean => ALLOWED.has(text) || ROUTE.test(text) || IN_OWN_WORDS.includes(path)
