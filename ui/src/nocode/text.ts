/** Editing a flow's text by paths: only what must change does; comments, blank lines, quotes and indentation elsewhere stay as they are. */

import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import { pathIn } from './cursor'
import { insertedItem, insertedProperty, listOf, mapOf, removed } from './entries'
import { columnOfValue, extentOf } from './extents'
import { entryAt, isBlockText, isCollection, isInFlow, keepsNewlines, lineOf, nodeAt, readingOf, RefusedEdit, spliced, type Path, type Reading } from './reading'
import { inFlow, replacement } from './replacing'
import { exchanged } from './swapping'
import { shifted, told, written } from './writing'
import { t } from '../language'

export { RefusedEdit, UnreadableText, type Path } from './reading'

/** The plain value at a path, undefined where there is nothing. */
export function valueAt(source: string, path: Path): unknown {
  const reading = readingOf(source)
  const node = nodeAt(reading, path)
  if (path.length === 0) return node ? plain(reading, node) : {}
  return node && plain(reading, node)
}

function plain({ document }: Reading, node: Node): unknown {
  try {
    return node.toJS(document)
  } catch (error) {
    throw told(error)
  }
}

/** The YAML at a path as if it stood alone; empty where there is nothing. */
export function textAt(source: string, path: Path): string {
  const reading = readingOf(source)
  if (path.length === 0) return source
  const entry = entryAt(reading, path)
  if (!entry) {
    const value = valueAt(source, path)
    return value === undefined ? '' : written(value)
  }
  const { from, to } = extentOf(reading, entry)
  const [first = '', ...more] = source.slice(from, to).replaceAll('\r\n', '\n').split('\n')
  const last = keepsNewlines(entry.value) && to < source.length ? [''] : []
  return [first, ...shifted(more, -columnOfValue(reading, entry)), ...last].join('\n')
}

/** The line, counted from one, in which a property or an item begins; of what an alias stands for, the alias's. */
export function lineAt(source: string, path: Path): number | undefined {
  const reading = readingOf(source)
  if (path.length === 0) return lineOf(reading.starts, reading.root?.range?.[0] ?? 0) + 1
  const entry = entryAt(reading, path)
  if (entry) return lineOf(reading.starts, entry.start) + 1
  return nodeAt(reading, path) === undefined ? undefined : lineAt(source, path.slice(0, -1))
}

/** The innermost thing that a cursor, counted from one, is in. */
export function pathAt(source: string, cursor: { line: number; column: number }): Path {
  return pathIn(readingOf(source), cursor)
}

/** The text with another value at a path, made where there was none; undefined takes it away. */
export function withValue(source: string, path: Path, value: unknown): string {
  if (value === undefined) return without(source, path)
  const old = valueAt(source, path)
  if (isSame(old, value)) return source
  if (isMapping(old) && isMapping(value)) return withMap(source, path, old, value)
  if (Array.isArray(old) && Array.isArray(value)) return withList(source, path, old, value)
  return withText(source, path, rewritten(readingOf(source), path, value))
}

/** A value in the manner of the one in its place: with its anchor, its quotes and the comment behind its `|`. */
function rewritten(reading: Reading, path: Path, value: unknown): string {
  const node = entryAt(reading, path)?.value
  if (!node || isAlias(node)) return written(value)
  // An empty text cannot be but in quotes: they are no habit.
  const text = written(value, isScalar(node) && node.value !== '' ? node.type : undefined)
  const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined
  const [head = '', ...lines] = text.split('\n')
  const isTextBelow = /^[|>]/.test(head)
  const comment = isTextBelow && isBlockText(node) ? commentOf(reading, node) : ''
  if (anchor === undefined) return [head + comment, ...lines].join('\n')
  const isHeaded = (typeof value === 'object' && value !== null && Object.keys(value).length > 0)
  return `&${anchor}${isHeaded ? '\n' : ' '}${[head + comment, ...lines].join('\n')}`
}

function commentOf({ source }: Reading, node: Node): string {
  const head = source.slice(node.range?.[0]).split('\n', 1)[0] ?? ''
  return /\s+#.*/.exec(head)?.[0].trimEnd() ?? ''
}

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length && one.every((item, index) => isSame(item, other[index]))
  if (!isMapping(one) || !isMapping(other)) return Object.is(one, other)
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => key in other && isSame(one[key], other[key]))
}

/** Maps and lists are gone through, so that what is the same in them stays as it is written. */
function withMap(source: string, path: Path, old: Record<string, unknown>, value: Record<string, unknown>): string {
  const changed = Object.keys(value).filter((key) => value[key] !== undefined && !isSame(old[key], value[key]))
  const gone = Object.keys(old).filter((key) => value[key] === undefined)
  const isAllNew = gone.length === Object.keys(old).length
  if (isAllNew && path.length > 0) return withText(source, path, rewritten(readingOf(source), path, value))
  const done = changed.reduce((text, key) => withValue(text, [...path, key], value[key]), source)
  return gone.reduce((text, key) => without(text, [...path, key]), done)
}

function withList(source: string, path: Path, old: readonly unknown[], value: readonly unknown[]): string {
  if (value.length === 0 || old.length === 0) return withText(source, path, rewritten(readingOf(source), path, value))
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
  const reading = readingOf(source)
  if (path.length === 0) {
    readingOf(text)
    return text
  }
  const entry = entryAt(reading, path)
  if (!entry) return made(reading, path, text)
  return text === textAt(source, path) ? source : whole(reading, spliced(source, replacement(reading, path, entry, text)))
}

/** Makes what is missing: what it is in, too. */
function made(reading: Reading, path: Path, text: string): string {
  const above = path.slice(0, -1)
  const step = path.at(-1) ?? 0
  const parent = above.length === 0 ? reading.root : entryAt(reading, above)?.value
  if (isSeq(parent)) {
    if (typeof step !== 'number') throw new RefusedEdit(t`${above.join('.')} is a list and has no ${step}`)
    return parent.items.length > 0 ? whole(reading, insertedItem(reading, above, parent, step, text)) : withFirst(reading, above, text)
  }
  if (above.length === 0 || isCollection(parent)) return whole(reading, insertedProperty(reading, above, isMap(parent) ? parent : undefined, String(step), text))
  if (!isCollection(nodeAt(reading, above))) return withText(reading.source, above, typeof step === 'number' ? listOf(text) : mapOf(step, text))
  // An alias or a merged map: what it stands for is written here, and changed here alone.
  return withText(withText(reading.source, above, written(valueAt(reading.source, above))), path, text)
}

const withFirst = (reading: Reading, list: Path, text: string) => withText(reading.source, list, isInFlow(reading, list) ? `[${inFlow(reading, 0, text)}]` : listOf(text))

/** The text with a new item in a list, which is made where there was none. */
export function withItem(source: string, list: Path, index: number, text: string): string {
  const reading = readingOf(source)
  const parent = entryAt(reading, list)?.value
  if (isSeq(parent) && parent.items.length > 0) return whole(reading, insertedItem(reading, list, parent, index, text))
  const known = valueAt(source, list)
  if (Array.isArray(known) && known.length > 0) return withItem(withText(source, list, written(known)), list, index, text)
  return withFirst(reading, list, text)
}

/** The text without a property or an item; a list left empty goes too. */
export function without(source: string, path: Path): string {
  const reading = readingOf(source)
  const entry = entryAt(reading, path)
  if (entry) {
    const above = path.slice(0, -1)
    if (entry.parent.items.length > 1 || above.length === 0) return whole(reading, removed(reading, entry))
    return isSeq(entry.parent) ? without(source, above) : withText(source, above, '{}')
  }
  if (path.length === 0 || valueAt(source, path) === undefined) return source
  const above = path.slice(0, -1)
  if (isCollection(entryAt(reading, above)?.value)) throw new RefusedEdit(t`${String(path.at(-1))} is not written here: it comes from a merged map`)
  return without(withText(source, above, written(valueAt(source, above))), path)
}

/** The text with two values in each other's places. */
export function swapped(source: string, one: Path, other: Path): string {
  const shorter = Math.min(one.length, other.length)
  if (one.slice(0, shorter).every((step, index) => step === other[index])) {
    if (one.length === other.length) return source
    throw new RefusedEdit(t`What is within something else cannot change places with it`)
  }
  const reading = readingOf(source)
  const [first, second] = [entryAt(reading, one), entryAt(reading, other)]
  if (!first || !second) throw new RefusedEdit(t`There is nothing to change places with`)
  return whole(reading, exchanged(reading, { path: one, entry: first, text: textAt(source, one) }, { path: other, entry: second, text: textAt(source, other) }))
}

/** Refuses an edit after which something stands for an anchor that is no more. */
function whole(before: Reading, text: string): string {
  if (!/(?:^|[\s,[{])\*[^\s,*\]}]/.test(before.source)) return text
  const after = readingOf(text)
  try {
    after.document.toJS()
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw new RefusedEdit(t`Something else in the flow stands for this: ${error.message}`)
  }
  return text
}
