import { useSyncExternalStore } from 'react'
import { isLanguage, type Language } from '../language/catalogs'
import { keptPreferences as kept, PREFERENCES_KEPT_AS as KEPT_AS } from '../language/chosen'

/** What one reader of the pages has chosen; it is kept in the browser and sent nowhere. */
export interface Preferences {
  /** Of the pages; empty for the first of the browser's. */
  language: Language | ''
  /** An IANA zone; empty for that of the browser. */
  timeZone: string
  dateFormat: DateFormat
  editorFontSize: number
  /** Where `/ui/` leads. */
  startPage: string
  /** Rows of a list, unless its address says otherwise. */
  rows: number
  /** What is shown of an execution that was just started. */
  executionTab: string
  /** Whether that opens in a tab of its own. */
  opensAside: boolean
  /** The lowest level of a page of log lines, unless its address says otherwise. */
  logLevel: string
  /** What lists are narrowed to where their address says nothing; empty for all. */
  namespace: string
  /** What stands beside the source of a flow in its editor. */
  editorView: EditorView
  /** Whether the menu gives its room to the page, where there is some beside it. */
  hidesMenu: boolean
  /** Whether the log of an execution is shown by task run, not by time. */
  groupsLogs: boolean
  /** Whether charts of executions have a line of their mean duration. */
  drawsDurations: boolean
}

export const EDITOR_VIEWS = ['source', 'documentation', 'topology', 'picture', 'examples'] as const
export type EditorView = (typeof EDITOR_VIEWS)[number]

export type DateFormat = 'short' | 'full' | 'local'

export const DEFAULTS: Preferences = {
  language: '',
  timeZone: '',
  dateFormat: 'short',
  editorFontSize: 13,
  startPage: '/dashboards/default',
  rows: 25,
  executionTab: 'gantt',
  opensAside: false,
  logLevel: 'INFO',
  namespace: '',
  editorView: 'documentation',
  hidesMenu: false,
  groupsLogs: false,
  drawsDurations: true,
}

export const START_PAGES = ['/dashboards/default', '/flows', '/executions', '/logs', '/admin/triggers', '/namespaces', '/data', '/health'] as const
export const EXECUTION_TABS = ['overview', 'gantt', 'logs', 'topology', 'outputs', 'metrics'] as const
export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const
export const ROWS = [10, 25, 50, 100] as const
export const FONT_SIZES = { least: 9, most: 24 } as const

/** What is kept may be older than this page, or broken: only what fits is taken. */
export function readPreferences(text: string | null): Preferences {
  let kept: Partial<Record<keyof Preferences, unknown>>
  try {
    const read: unknown = JSON.parse(text ?? '{}')
    kept = read !== null && typeof read === 'object' ? read : {}
  } catch {
    kept = {}
  }
  const size = Number(kept.editorFontSize)
  return {
    language: isLanguage(kept.language) ? kept.language : DEFAULTS.language,
    timeZone: isZone(kept.timeZone) ? kept.timeZone : DEFAULTS.timeZone,
    dateFormat: oneOf(kept.dateFormat, ['short', 'full', 'local'], DEFAULTS.dateFormat),
    editorFontSize: size >= FONT_SIZES.least && size <= FONT_SIZES.most ? Math.round(size) : DEFAULTS.editorFontSize,
    startPage: oneOf(kept.startPage, START_PAGES, DEFAULTS.startPage),
    rows: oneOf(kept.rows, ROWS, DEFAULTS.rows),
    executionTab: oneOf(kept.executionTab, EXECUTION_TABS, DEFAULTS.executionTab),
    opensAside: kept.opensAside === true,
    logLevel: oneOf(kept.logLevel, LOG_LEVELS, DEFAULTS.logLevel),
    namespace: typeof kept.namespace === 'string' ? kept.namespace.trim() : DEFAULTS.namespace,
    editorView: oneOf(kept.editorView, EDITOR_VIEWS, DEFAULTS.editorView),
    hidesMenu: kept.hidesMenu === true,
    groupsLogs: kept.groupsLogs === true,
    drawsDurations: kept.drawsDurations !== false,
  }
}

function oneOf<T>(value: unknown, known: readonly T[], standard: T): T {
  return known.includes(value as T) ? (value as T) : standard
}

function isZone(zone: unknown): zone is string {
  if (typeof zone !== 'string' || zone === '') return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

let current = readPreferences(kept())
const listeners = new Set<() => void>()

function take(next: Preferences): void {
  current = next
  for (const tell of listeners) tell()
}

export const preferences = (): Preferences => current

export function setPreferences(change: Partial<Preferences>): void {
  take({ ...current, ...change })
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(current))
  } catch {
    // As above: they count until the page is left.
  }
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  return () => listeners.delete(tell)
}

export const usePreferences = (): Preferences => useSyncExternalStore(subscribe, preferences)

// Another window of the same browser may change them.
if (typeof window !== 'undefined') {
  window.addEventListener('storage', ({ key }) => {
    if (key === KEPT_AS) take(readPreferences(kept()))
  })
}
