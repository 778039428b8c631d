/** What the search for untranslated texts knows of the pages. */

/** Attributes and properties that people read or hear. */
export const TEXT_NAMES: readonly string[] = [
  'label', 'title', 'placeholder', 'description', 'aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'ariaLabel', 'hint', 'verb', 'question',
  'error', 'alt', 'message', 'legend', 'summary', 'nothingFoundMessage', 'empty', 'note', 'caption', 'waiting', 'tooltip', 'heading', 'effect', 'reason',
]

/** Functions whose first argument people read. */
export const CALLS: readonly string[] = ['done', 'confirmed']

/** Elements whose text is written the same everywhere. */
export const CODE_ELEMENTS: readonly string[] = ['code', 'Code', 'Kbd', 'kbd', 'pre', 'style']

/** Keys of keyboards, as events and keyboards name them. */
const KEYS = ['Enter', 'Escape', 'Esc', 'Home', 'End', 'Tab', 'Delete', 'Backspace', 'Space']

/** Several at once, or one of several. */
const CHORD = /^(Ctrl|Shift|[A-Z],) (\w|Space|Enter)$/

/** Names of products, protocols, formats and of the parts of a page that are called by them everywhere. */
const NAMES = ['Tiercel', 'Markdown', 'CSV', 'Gantt', 'JSON', 'YAML']

/** Types of charts, without their packages. */
const CHARTS = ['Bar', 'Pie', 'Table']

/** Values and properties of flows, and examples of them. */
const VALUES = ['true', 'false', 'null', 'undefined', 'https://…', 'PT5M', 'P1DT2H', 'PT5M, P1DT2H']

/** Said when there are no texts but these. */
const WITHOUT_CATALOG = ['The texts in the language {0} could not be loaded: this is English. Load the page again.']

const ALLOWED: ReadonlySet<string> = new Set([...KEYS, ...NAMES, ...CHARTS, ...VALUES, ...WITHOUT_CATALOG])

/** Each under its own name, in every language. */
const IN_OWN_WORDS = ['language/catalogs.ts', 'language/allowed.ts', 'language/sources.ts']

/** Names of states and levels, and words of SQL. */
const CAPITALS = /^[A-Z][A-Z_]+$/

/** A route of the server, as `useCan` asks for it. */
const ROUTE = /^(GET|POST|PUT|PATCH|DELETE) \//

/** What is code in one place, and would be a text elsewhere. */
const CODE_IN: Readonly<Record<string, readonly string[]>> = {
  // Names of fonts.
  'settings/EditorChoices.tsx': ['Source Code Pro', 'JetBrains Mono', 'Fira Code', 'Cascadia Code', 'DejaVu Sans Mono', 'Menlo', 'Consolas', 'Courier New'],
  // Told to programmers alone.
  'nocode/editing.ts': ['A field stands in a form'],
  // Parts of flows.
  'nocode/reading.ts': ['id: hello'],
  'nocode/skeleton.ts': ['Hello'],
  'topology/graph.ts': ['errors', 'finally'],
  'expressions/flow.ts': ['taskId', 'message', 'stackTrace'],
  // What browsers call it when files are dragged.
  'namespaces/useDrops.ts': ['Files'],
  'data/sql.ts': ['SELECT *\nFROM {0}{1}'],
}

/** How the line of an icon goes. */
const STROKES = /^M[\d.]+ [\d.MLHVCSQAZhvlcsqaz\s,-]+$/

const SHAPES = [CHORD, ROUTE, CAPITALS, STROKES]

export const isAllowed = (text: string, path: string): boolean =>
  ALLOWED.has(text) || SHAPES.some((shape) => shape.test(text)) || CODE_IN[path]?.includes(text) === true || IN_OWN_WORDS.includes(path)
