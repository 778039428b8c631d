import { t } from '../language'
import { many, one, positive, type Search } from '../search'
import { bucketName } from '../dashboard/statistics'
import { STATES } from '../parts/states'
import { preferences } from '../settings/preferences'
import type { Query } from '../api/client'

/** Rows of a list, unless its address says otherwise. */
export const standardSize = () => preferences().rows

/** Parameters of the address that narrow the list; the others only tell where in it one is. */
const FILTERS = ['q', 'namespace', 'flowId', 'state', 'labels', 'timeRange', 'startDate', 'startedBefore', 'endDate', 'triggerExecutionId', 'childFilter', 'scope'] as const

/** What is saved of a list: its filters and their order. */
export const SAVED = [...FILTERS, 'sort'] as const

/** What the address asks for, as the API reads it. */
export function executionsOf(search: Search, fixed: Query = {}): Query {
  const query: Query = {
    page: positive(search, 'page', 1),
    size: positive(search, 'size', standardSize()),
    sort: one(search, 'sort') || 'state.startDate:desc',
  }
  for (const name of FILTERS) {
    const values = many(search, name).filter(Boolean)
    if (values.length) query[name] = values.length === 1 ? values[0] : values
  }
  return { ...query, ...begun(query), ...fixed }
}

/** The server reads `endDate` of ends; beginnings before a moment are asked for in its language of filters, then both bounds are. */
export function begun({ startDate, startedBefore }: Query): Query {
  if (!startedBefore) return {}
  return { startDate: undefined, startedBefore: undefined, 'filters[startDate][LESS_THAN]': startedBefore, 'filters[startDate][GREATER_THAN_OR_EQUAL_TO]': startDate }
}

const BOUNDS: Record<string, (moment: string) => string> = {
  startDate: (moment) => t`from ${moment}`,
  startedBefore: (moment) => t`before ${moment}`,
  endDate: (moment) => t`ended by ${moment}`,
}

/** What executions are narrowed to by how they were started, and by whose they are. */
export const ORIGINS: Readonly<Record<string, string>> = { MAIN: t`Not started by another execution`, CHILD: t`Started by another execution` }
export const SCOPES: Readonly<Record<string, string>> = { USER: t`Of users`, SYSTEM: t`Of the system` }

const CHOICES: Readonly<Record<string, Readonly<Record<string, string>>>> = { childFilter: ORIGINS, scope: SCOPES }

/** A filter of the address as people read it. */
export function filterText(name: string, value: string): string {
  if (name === 'labels') return value
  const bound = BOUNDS[name]
  if (!bound) return CHOICES[name]?.[value] ?? `${name}: ${value}`
  return bound(Number.isNaN(Date.parse(value)) ? value : bucketName(value, 'minute'))
}

export const isFiltered = (search: Search) => FILTERS.some((name) => one(search, name) !== '')

export const noFilters = (): Record<string, undefined> => Object.fromEntries([...FILTERS, 'page'].map((name) => [name, undefined]))

const TYPED = /(?:^|\s)(state|flow|namespace):(\S+)(?=\s|$)/gi
const PARAMETERS: Record<string, string> = { state: 'state', flow: 'flowId', namespace: 'namespace' }

/** `state:failed flow:orders words` as the filters that it names, and the words that are left. */
export function typedFilters(text: string, states: readonly string[] = []): Record<string, string | string[] | undefined> & { q: string | undefined } {
  const found: Record<string, string | string[] | undefined> = {}
  const words = text.replace(TYPED, (whole, kind: string, value: string) => {
    const name = PARAMETERS[kind.toLowerCase()] as string
    const state = value.toUpperCase()
    if (name === 'state' && !(STATES as readonly string[]).includes(state)) return whole
    found[name] = name === 'state' ? [...new Set([...states, ...((found.state as string[] | undefined) ?? []), state])] : value
    return ''
  })
  return { ...found, q: words.trim() || undefined }
}

/** The other direction of a sorted column, or descending for a new one. */
export function nextSort(current: string, field: string): string {
  return current === `${field}:desc` ? `${field}:asc` : `${field}:desc`
}

export function toggled(values: readonly string[], value: string): string[] {
  return values.includes(value) ? values.filter((item) => item !== value) : [...values, value]
}
