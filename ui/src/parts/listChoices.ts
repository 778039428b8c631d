import { keeping } from './keeping'
import { readSearches, type SavedSearch } from './searches'

const LISTS = ['executions', 'flows', 'logs', 'triggers'] as const
export type ListName = (typeof LISTS)[number]

/** How a reader wants a list to be. */
export interface ListChoices {
  /** Ids of the columns to show; undefined for those that the list begins with. */
  columns?: readonly string[] | undefined
  /** Whether the list is without the chart above it. */
  hidesChart?: boolean
  searches?: readonly SavedSearch[]
}

export type AllChoices = Partial<Record<ListName, ListChoices>>

/** What is kept may be older than this page, or broken: only what fits is taken. */
export function readChoices(text: string | null): AllChoices {
  let kept: unknown
  try {
    kept = JSON.parse(text ?? '{}')
  } catch {
    return {}
  }
  return Object.fromEntries(LISTS.map((name) => [name, choicesOf(entry(kept, name))]))
}

const entry = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[name] : undefined

function choicesOf(kept: unknown): ListChoices {
  const columns = entry(kept, 'columns')
  return {
    ...(Array.isArray(columns) ? { columns: columns.filter((id) => typeof id === 'string') } : {}),
    ...(entry(kept, 'hidesChart') === true ? { hidesChart: true } : {}),
    searches: readSearches(entry(kept, 'searches')),
  }
}

const choices = keeping('tiercel-lists', readChoices)
const NONE: ListChoices = {}

export const useListChoices = (list: ListName): ListChoices => choices.use()[list] ?? NONE

export function choose(list: ListName, change: ListChoices): void {
  const all = choices.now()
  choices.set({ ...all, [list]: { ...all[list], ...change } })
}
