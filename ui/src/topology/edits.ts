import { t } from '../language'
import { swapped, valueAt, withItem, without, withValue, type Path } from '../nocode/text'
import { isInDag, isSame, isWithin, itemOf, listOf, type Slot } from './slots'

/** A text that was edited, and where in it what was edited stands now. */
export interface Edited {
  source: string
  place: Path
}

const PLAIN = /^[A-Za-z_][\w-]*$/
const indented = (text: string) => text.split('\n').map((line) => (line ? `  ${line}` : line)).join('\n')

/** Puts the YAML of a new task or trigger where it is to stand. */
export function added(source: string, { list, index, dependsOn }: Slot, item: string): Edited {
  if (!dependsOn) return { source: withItem(source, list, index, item), place: [...list, index] }
  const needs = dependsOn.map((id) => `\n  - ${PLAIN.test(id) ? id : JSON.stringify(id)}`).join('')
  const text = `task:\n${indented(item)}${needs ? `\ndependsOn:${needs}` : ''}`
  return { source: withItem(source, list, index, text), place: [...list, index, 'task'] }
}

export const idAt = (source: string, place: Path): string => String(valueAt(source, [...place, 'id']))

/** How many items a list has. */
export function lengthOf(source: string, list: Path): number {
  const items = valueAt(source, list)
  return Array.isArray(items) ? items.length : 0
}

/** Why a task cannot be deleted. */
export function whyKept(source: string, place: Path): string | undefined {
  const { list } = listOf(place)
  return isSame(list, ['tasks']) && lengthOf(source, list) <= 1 ? t`A flow has at least one task.` : undefined
}

/** Takes a task or a trigger away; what depends on it in a Dag does no more. */
export function removed(source: string, place: Path): string {
  const { list } = listOf(place)
  const text = isInDag(place) ? renamedIn(source, list, new Map([[idAt(source, place), undefined]])) : source
  return without(text, itemOf(place))
}

/** Names other tasks in what the items of a Dag depend on. */
function renamedIn(source: string, list: Path, names: ReadonlyMap<string, string | undefined>): string {
  const items = valueAt(source, list)
  if (!Array.isArray(items)) return source
  return items.reduce<string>((text, item: unknown, index) => {
    const before = (item as { dependsOn?: unknown } | null)?.dependsOn
    if (!Array.isArray(before) || !before.some((id) => names.has(String(id)))) return text
    const after = before.flatMap((id: unknown) => (names.has(String(id)) ? (names.get(String(id)) ?? []) : [id]))
    return withValue(text, [...list, index, 'dependsOn'], after.length ? after : undefined)
  }, source)
}

/** Why two tasks cannot change places. */
export function whyNotSwapped(one: Path, other: Path): string | undefined {
  if (isWithin(one, other) || isWithin(other, one)) return t`One of them is within the other: they cannot change places.`
  if ((one[0] === 'triggers') !== (other[0] === 'triggers')) return t`A task and a trigger cannot change places.`
  return undefined
}

/** Two tasks in each other's places; in a Dag each depends on what the other has depended on. */
export function exchanged(source: string, one: Path, other: Path): Edited {
  const [first, second] = [idAt(source, one), idAt(source, other)]
  const both = new Map([[first, second], [second, first]])
  let text = swapped(source, one, other)
  const lists = [one, other].filter(isInDag).map((place) => listOf(place).list)
  lists.forEach((list, index) => {
    if (index === 0 || !isSame(list, lists[0] ?? [])) text = renamedIn(text, list, both)
  })
  return { source: text, place: other }
}

/** A task earlier or later among those in its list; undefined where it cannot go further. */
export function moved(source: string, place: Path, by: 1 | -1): Edited | undefined {
  const { list, index } = listOf(place)
  const next = index + by
  if (isInDag(place) || next < 0 || next >= lengthOf(source, list)) return undefined
  return { source: swapped(source, [...list, index], [...list, next]), place: [...list, next] }
}
