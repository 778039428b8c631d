/** Filters live in the address as `?state=FAILED&state=KILLED`, the way the API reads them. */

export type Search = Record<string, string | string[]>

export function parseSearch(text: string): Search {
  const search: Search = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const before = search[name]
    search[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return search
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '') continue
    for (const item of Array.isArray(value) ? value : [value]) parameters.append(name, String(item))
  }
  const text = parameters.toString()
  return text ? `?${text}` : ''
}

export function many(search: Search, name: string): string[] {
  const value = search[name]
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

export function one(search: Search, name: string): string {
  return many(search, name)[0] ?? ''
}

export const isLabel = (text: string) => /^[^:]+:./.test(text)

/** Labels that the address narrows a page to, as `key:value`. */
export const labelsIn = (search: Search) => many(search, 'labels').filter(isLabel)

/** A number from the address; what is none there counts as the default. */
export function positive(search: Search, name: string, standard: number): number {
  const value = Number(one(search, name))
  return Number.isInteger(value) && value > 0 ? value : standard
}
