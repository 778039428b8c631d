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
  /** Font families of the editor, as CSS has them; empty for that of the pages. */
  editorFont: string
  /** Colours of the editor: those of the pages, or always the same. */
  editorTheme: EditorTheme
  /** Whether texts of several lines are folded in a flow that is opened in the editor. */
  foldsTexts: boolean
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
  /** Which task runs are open to begin with, in a log by task run. */
  logDisplay: LogDisplay
  chartColours: ChartColours
  /** How often lists are asked for again. */
  refresh: Refresh
  /** What this server is called and coloured here; empty for what it says itself. */
  environmentName: string
  environmentColor: string
}

export const EDITOR_THEMES = ['page', 'light', 'dark'] as const
export type EditorTheme = (typeof EDITOR_THEMES)[number]
/** Own colours are deep and quiet, the classic ones bright. */
export const CHART_COLOURS = ['own', 'classic'] as const
export type ChartColours = (typeof CHART_COLOURS)[number]
export const LOG_DISPLAYS = ['auto', 'all', 'failed', 'none'] as const
export type LogDisplay = (typeof LOG_DISPLAYS)[number]
/** Live is as often as is of use to what is shown; others are seconds. */
export const REFRESHES = ['live', '10', '30', '60', '300', 'never'] as const
export type Refresh = (typeof REFRESHES)[number]

export const EDITOR_VIEWS = ['source', 'documentation', 'form', 'topology', 'picture', 'examples'] as const
export type EditorView = (typeof EDITOR_VIEWS)[number]

export type DateFormat = 'short' | 'full' | 'local'

export const DEFAULTS: Preferences = {
  language: '',
  timeZone: '',
  dateFormat: 'short',
  editorFontSize: 13,
  editorFont: '',
  editorTheme: 'page',
  foldsTexts: false,
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
  logDisplay: 'auto',
  chartColours: 'own',
  refresh: 'live',
  environmentName: '',
  environmentColor: '',
}

export const START_PAGES = ['/dashboards/default', '/flows', '/executions', '/logs', '/admin/triggers', '/namespaces', '/data', '/health'] as const
export const EXECUTION_TABS = ['overview', 'gantt', 'logs', 'topology', 'outputs', 'metrics'] as const
export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const
export const ROWS = [10, 25, 50, 100] as const
export const FONT_SIZES = { least: 9, most: 24 } as const

/** Names of fonts as CSS has them, the first that there is counts: `"Fira Code", monospace`. */
export const isFont = (text: string): boolean => /^[\w "',.-]{0,120}$/.test(text)
const isColor = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text)
export const MOST_LETTERS_OF_NAME = 40

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
    editorFont: textOf(kept.editorFont, isFont),
    editorTheme: oneOf(kept.editorTheme, EDITOR_THEMES, DEFAULTS.editorTheme),
    foldsTexts: kept.foldsTexts === true,
    startPage: oneOf(kept.startPage, START_PAGES, DEFAULTS.startPage),
    rows: oneOf(kept.rows, ROWS, DEFAULTS.rows),
    executionTab: oneOf(kept.executionTab, EXECUTION_TABS, DEFAULTS.executionTab),
    opensAside: kept.opensAside === true,
    logLevel: oneOf(kept.logLevel, LOG_LEVELS, DEFAULTS.logLevel),
    namespace: textOf(kept.namespace),
    editorView: oneOf(kept.editorView, EDITOR_VIEWS, DEFAULTS.editorView),
    hidesMenu: kept.hidesMenu === true,
    groupsLogs: kept.groupsLogs === true,
    drawsDurations: kept.drawsDurations !== false,
    logDisplay: oneOf(kept.logDisplay, LOG_DISPLAYS, DEFAULTS.logDisplay),
    chartColours: oneOf(kept.chartColours, CHART_COLOURS, DEFAULTS.chartColours),
    refresh: oneOf(kept.refresh, REFRESHES, DEFAULTS.refresh),
    environmentName: textOf(kept.environmentName).slice(0, MOST_LETTERS_OF_NAME),
    environmentColor: textOf(kept.environmentColor, isColor),
  }
}

/** Empty for what is no text, or does not fit. */
function textOf(value: unknown, fits: (text: string) => boolean = () => true): string {
  const text = typeof value === 'string' ? value.trim() : ''
  return fits(text) ? text : ''
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

/** How long to wait before something is asked for again, where it would be after so many milliseconds; false for never. */
export function refreshMs(live: number, refresh = current.refresh): number | false {
  if (refresh === 'never') return false
  return refresh === 'live' ? live : Math.max(live, Number(refresh) * 1000)
}

// Another window of the same browser may change them.
if (typeof window !== 'undefined') {
  window.addEventListener('storage', ({ key }) => {
    if (key === KEPT_AS) take(readPreferences(kept()))
  })
}
