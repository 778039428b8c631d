/** Edits of a flow's text by paths. */

import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import { t } from '../language'
import { ALIAS } from './chunks'
import { insertedItem, insertedProperty, listOf, mapOf, removed } from './entries'
import { entryAt, isBlockText, isCollection, isInFlow, readingOf, RefusedEdit, spliced, type Path, type Reading, type Splice } from './reading'
import { textAt, valueAt } from './reads'
import { inFlow, replacement } from './replacing'
import { isMapping, isSame } from './same'
import { exchanged, type Place } from './swapping'
import { inWhole, viewOf, type View } from './view'
import { written } from './writing'

/** The text with another value at a path, made where there was none; undefined takes it away. */
export function withValue(source: string, path: Path, value: unknown): string {
  if (value === undefined) return without(source, path)
  const old = valueAt(source, path)
  if (isSame(old, value)) return source
  if (isMapping(old) && isMapping(value)) return withMap(source, path, old, value)
  if (Array.isArray(old) && Array.isArray(value)) return withList(source, path, old, value)
  return withText(source, path, rewritten(source, path, value))
}

/** A value in the manner of the one in its place: with its anchor, its quotes and the comment behind its `|`. */
function rewritten(source: string, path: Path, value: unknown): string {
  const { reading, local } = viewOf(source, [path])
  const node = entryAt(reading, local(path))?.value
  if (!node || isAlias(node)) return written(value)
  // An empty text cannot be but in quotes: they are no habit.
  const text = written(value, isScalar(node) && node.value !== '' ? node.type : undefined)
  const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined
  const [head = '', ...lines] = text.split('\n')
  const isTextBelow = /^[|>]/.test(head)
  const comment = isTextBelow && isBlockText(node) ? commentOf(reading, node) : ''
  if (anchor === undefined) return [head + comment, ...lines].join('\n')
  const isHeaded = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  return `&${anchor}${isHeaded ? '\n' : ' '}${[head + comment, ...lines].join('\n')}`
}

function commentOf({ source }: Reading, node: Node): string {
  const head = source.slice(node.range?.[0]).split('\n', 1)[0] ?? ''
  return /\s+#.*/.exec(head)?.[0].trimEnd() ?? ''
}

/** Maps and lists are gone through, so that what is the same in them stays as it is written. */
function withMap(source: string, path: Path, old: Record<string, unknown>, value: Record<string, unknown>): string {
  const changed = Object.keys(value).filter((key) => value[key] !== undefined && !isSame(old[key], value[key]))
  const gone = Object.keys(old).filter((key) => value[key] === undefined)
  const isAllNew = gone.length === Object.keys(old).length
  if (isAllNew && path.length > 0) return withText(source, path, rewritten(source, path, value))
  const done = changed.reduce((text, key) => withValue(text, [...path, key], value[key]), source)
  return gone.reduce((text, key) => without(text, [...path, key]), done)
}

function withList(source: string, path: Path, old: readonly unknown[], value: readonly unknown[]): string {
  if (value.length === 0 || old.length === 0) return withText(source, path, rewritten(source, path, value))
  let head = 0
  while (head < Math.min(old.length, value.length) && isSame(old[head], value[head])) head++
  let tail = 0
  while (tail < Math.min(old.length, value.length) - head && isSame(old[old.length - 1 - tail], value[value.length - 1 - tail])) tail++
  const both = Math.min(old.length, value.length) - tail
  let text = source
  for (let index = head; index < both; index++) text = withValue(text, [...path, index], value[index])
  for (let index = both; index < value.length - tail; index++) text = withItem(text, path, index, written(value[index]))
  for (let index = old.length - tail - 1; index >= Math.max(both, head); index--) text = without(text, [...path, index])
  return text
}

/** The text with other YAML at a path, made where there was none. */
export function withText(source: string, path: Path, text: string): string {
  if (path.length === 0) {
    readingOf(text)
    return text
  }
  const view = viewOf(source, [path])
  const at = view.local(path)
  const entry = entryAt(view.reading, at)
  if (!entry) return made(source, path, text)
  return text === textAt(source, path) ? source : edited(source, view, [replacement(view.reading, at, entry, text)])
}

/** Makes what is missing: what it is in, too. */
function made(source: string, path: Path, text: string): string {
  const above = path.slice(0, -1)
  const step = path.at(-1) ?? 0
  const view = viewOf(source, [path], NEAR)
  const at = view.local(path).slice(0, -1)
  const parent = above.length === 0 ? view.reading.root : entryAt(view.reading, at)?.value
  if (isSeq(parent)) {
    if (typeof step !== 'number') throw new RefusedEdit(t`${above.join('.')} is a list and has no ${step}`)
    return withItem(source, above, step, text)
  }
  if (above.length === 0 || isCollection(parent)) {
    return edited(source, view, [insertedProperty(view.reading, at, isMap(parent) ? parent : undefined, String(step), text)])
  }
  const known = valueAt(source, above)
  if (typeof known !== 'object' || known === null) return withText(source, above, typeof step === 'number' ? listOf(text) : mapOf(step, text))
  // An alias or a merged map: what it stands for is written here, and changed here alone.
  return withText(withText(source, above, written(known)), path, text)
}

/** How many items beside a new one tell how they are apart. */
const NEAR = 2

/** The text with a new item in a list, which is made where there was none. */
export function withItem(source: string, list: Path, index: number, text: string): string {
  const view = viewOf(source, [[...list, index]], NEAR)
  const at = view.local([...list, index])
  const parent = entryAt(view.reading, at.slice(0, -1))?.value
  if (isSeq(parent) && parent.items.length > 0) return edited(source, view, [insertedItem(view.reading, at.slice(0, -1), parent, Number(at.at(-1)), text)])
  const known = valueAt(source, list)
  if (Array.isArray(known) && known.length > 0) return withItem(withText(source, list, written(known)), list, index, text)
  return withText(source, list, isInFlow(view.reading, at.slice(0, -1)) ? `[${inFlow(view.reading, 0, text)}]` : listOf(text))
}

/** The text without a property or an item; a list left empty goes too. */
export function without(source: string, path: Path): string {
  const view = viewOf(source, [path], NEAR)
  const entry = entryAt(view.reading, view.local(path))
  const above = path.slice(0, -1)
  if (entry) {
    if (entry.parent.items.length > 1 || above.length === 0) return edited(source, view, [removed(view.reading, entry)])
    return isSeq(entry.parent) ? without(source, above) : withText(source, above, '{}')
  }
  if (path.length === 0 || valueAt(source, path) === undefined) return source
  if (isCollection(entryAt(view.reading, view.local(path).slice(0, -1))?.value)) {
    throw new RefusedEdit(t`${String(path.at(-1))} is not written here: it comes from a merged map`)
  }
  return without(withText(source, above, written(valueAt(source, above))), path)
}

/** The text with two things in each other's places. Items of lists take the comments above and behind them along. */
export function swapped(source: string, one: Path, other: Path): string {
  const shorter = Math.min(one.length, other.length)
  if (one.slice(0, shorter).every((step, index) => step === other[index])) {
    if (one.length === other.length) return source
    throw new RefusedEdit(t`What is within something else cannot change places with it`)
  }
  const view = viewOf(source, [one, other], 1)
  const [first, second] = [one, other].map((path) => placeOf(source, view, path))
  if (!first || !second) throw new RefusedEdit(t`There is nothing to change places with`)
  return edited(source, view, exchanged(view.reading, first, second))
}

function placeOf(source: string, { reading, local }: View, path: Path): Place | undefined {
  const entry = entryAt(reading, local(path))
  return entry && { path: local(path), entry, text: textAt(source, path) }
}

/** The text after an edit, which is refused where something would stand for an anchor that is no more. */
function edited(source: string, view: View, splices: readonly Splice[]): string {
  const text = spliced(source, ...inWhole(view, splices))
  if (!ALIAS.test(view.reading.source)) return text
  const after = readingOf(text)
  try {
    after.document.toJS()
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw new RefusedEdit(t`Something else in the flow stands for this: ${error.message}`)
  }
  return text
}
