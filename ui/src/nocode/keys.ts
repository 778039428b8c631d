/** Names of properties that somebody made up. */

import { isMap, isScalar, stringify } from 'yaml'
import { readingOf } from './reading'
import { swapped, type Path } from './text'

/** The text with another name for a property; what it has stays as it is written. */
export function withKey(source: string, path: Path, name: string): string {
  const parent: unknown = path.length > 1 ? readingOf(source).document.getIn(path.slice(0, -1), true) : readingOf(source).root
  const key = isMap(parent) ? parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === path.at(-1))?.key : undefined
  const [from, to] = isScalar(key) ? (key.range ?? []) : []
  return from === undefined || to === undefined ? source : source.slice(0, from) + stringify(name, { lineWidth: 0 }).trimEnd() + source.slice(to)
}

/** The text with two properties of a map in each other's places. */
export function withKeysSwapped(source: string, map: Path, one: string, other: string): string {
  let between = `${one}_`
  while (between === other || source.includes(between)) between += '_'
  const text = withKey(withKey(withKey(source, [...map, one], between), [...map, other], one), [...map, between], other)
  return swapped(text, [...map, one], [...map, other])
}
