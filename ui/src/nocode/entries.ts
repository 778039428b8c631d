/** Properties and items that are new, and those that go. */

import { isMap, isScalar, Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { firstLineOf, floorOf, isApart, isBlankLine, isInline, lastLineOf } from './extents'
import { columnOf, endOfLine, entryOf, isBlock, isInFlow, keepsNewlines, keyText, lineOf, startOfLine, type Collection, type Entry, type Path, type Reading, type Splice } from './reading'
import { endOfBlanks, habitsOf, inFlow } from './replacing'
import { alone, shifted, takenApart, written } from './writing'

/** The order in which a flow's own properties are written, and those of things within it. */
const FLOW = ['id', 'namespace', 'revision', 'description', 'disabled', 'labels', 'inputs', 'variables', 'concurrency', 'retry', 'sla', 'checks', 'workerGroup']
  .concat(['tasks', 'errors', 'finally', 'afterExecution', 'outputs', 'triggers', 'pluginDefaults'])
const WITHIN = ['id', 'type']

/** A list of one item. */
export const listOf = (text: string): string => itemLines(text).join('\n')

/** A map of one property. */
export const mapOf = (key: string, text: string): string => propertyLines(written(key), text, { step: 2, listStep: 2 }).join('\n')

/** A new item before the one at an index of a list that is not empty. */
export function insertedItem(reading: Reading, path: Path, list: YAMLSeq, index: number, text: string): Splice {
  const at = Math.max(0, Math.min(index, list.items.length))
  if (list.flow || isInFlow(reading, path)) return insertedInFlow(reading, list, at, (column) => inFlow(reading, column, text))
  const isWithin = at === 0 && isInline(reading, entryOf(list, 0))
  return inserted(reading, list, at, itemLines(text, !isWithin), takenApart(text))
}

/** Comments above an item stand above its dash, or below it where something else is before the dash. */
function itemLines(text: string, isAbove = true): string[] {
  const { comments, body } = takenApart(text)
  const { inline, lines } = alone(isAbove ? body : text, { isItem: true, step: 2, listStep: 2 })
  return [...(isAbove ? comments.filter((line) => line !== '') : []), inline === '' ? '-' : `- ${inline}`, ...lines]
}

/** A new property in its usual place. */
export function insertedProperty(reading: Reading, path: Path, map: YAMLMap | undefined, key: string, text: string): Splice {
  if (!map) return appended(reading, propertyLines(written(key), text, habitsOf(reading)))
  if (map.flow || isInFlow(reading, path)) return insertedInFlow(reading, map, placeOf(map, key, WITHIN), (column) => `${flowKey(map, key)}: ${inFlow(reading, column, text)}`)
  return inserted(reading, map, placeOf(map, key, path.length === 0 ? FLOW : WITHIN), propertyLines(written(key), text, habitsOf(reading)), takenApart(text))
}

function propertyLines(name: string, text: string, habits: { step: number; listStep: number }): string[] {
  const { inline, lines } = alone(text, { isItem: false, ...habits })
  return [inline === '' ? `${name}:` : `${name}: ${inline}`, ...lines]
}

/** Where nothing was but comments. */
function appended({ source, newline }: Reading, lines: readonly string[]): Splice {
  const before = source.trimEnd()
  const isEnded = before === '' || source.endsWith('\n')
  return { from: before.length, to: source.length, text: [...(before ? [''] : []), ...lines, ...(isEnded ? [''] : [])].join(newline) }
}

/** Keys in quotes have others beside them: the text is JSON. */
function flowKey(map: YAMLMap, key: string): string {
  const other = map.items[0]?.key
  return written(key, isScalar(other) && other.type === Scalar.QUOTE_DOUBLE ? Scalar.QUOTE_DOUBLE : undefined)
}

function placeOf(map: YAMLMap, key: string, order: readonly string[]): number {
  const rank = order.indexOf(key)
  if (rank < 0) return map.items.length
  return map.items.findLastIndex((pair) => order.slice(0, rank).includes(keyText(pair.key))) + 1
}

type Kind = Pick<ReturnType<typeof takenApart>, 'node'>

function inserted(reading: Reading, parent: Collection, index: number, lines: readonly string[], { node }: Kind): Splice {
  const count = parent.items.length
  const now = shifted(lines, columnOf(reading, entryOf(parent, 0).start))
  const isSpaced = count > 1 && isApart(reading, entryOf(parent, Math.max(1, Math.min(index, count - 1))))
  if (index === 0) return insertedFirst(reading, parent, [...now, ...(isSpaced && !keepsNewlines(node) ? [''] : [])])
  const before = entryOf(parent, index - 1)
  const at = endOfLine(reading, lastLineOf(reading, before))
  // Short properties stand together, as id and namespace do.
  const isShort = isMap(parent) && !isBlock(node) && !isBlock(before.value)
  const all = isSpaced && !isShort && !keepsNewlines(before.value) ? ['', ...now] : now
  return { from: at, to: keepsNewlines(node) ? endOfBlanks(reading, at) : at, text: all.map((line) => reading.newline + line).join('') }
}

function insertedFirst(reading: Reading, parent: Collection, lines: readonly string[]): Splice {
  const first = entryOf(parent, 0)
  const text = lines.join(reading.newline) + reading.newline
  if (isInline(reading, first)) return insertedAt(first.start, text.trimStart() + ' '.repeat(columnOf(reading, first.start)))
  return insertedAt(startOfLine(reading, firstLineOf(reading, first)), text)
}

const insertedAt = (at: number, text: string): Splice => ({ from: at, to: at, text })

function insertedInFlow(reading: Reading, parent: Collection, index: number, textAt: (column: number) => string): Splice {
  const { source } = reading
  const [start, end] = parent.range ?? [0, 0]
  if (parent.items.length === 0) return { from: start + 1, to: end - 1, text: textAt(columnOf(reading, start)) }
  const near = entryOf(parent, Math.max(0, index - 1))
  const text = textAt(columnOf(reading, near.start))
  // A pair in brackets is a map without braces, until it has a second property.
  if (isMap(parent) && source[start] !== '{') return { from: near.start, to: near.to, text: `{${source.slice(near.start, near.to)}, ${text}}` }
  const space = isInline(reading, near) ? ' ' : reading.newline + source.slice(startOfLine(reading, lineOf(reading.starts, near.start)), near.start)
  return index === 0 ? insertedAt(near.start, `${text},${space}`) : insertedAt(near.to, `,${space}${text}`)
}

/** Takes away an entry that others stand beside. */
export function removed(reading: Reading, entry: Entry): Splice {
  if (entry.parent.flow) return removedFromFlow(entry)
  const last = lastLineOf(reading, entry)
  if (isInline(reading, entry)) return { from: entry.start, to: nextThing(reading, endOfLine(reading, last)), text: '' }
  const { first, end } = withBlanks(reading, entry, last)
  if (first === 0) return { from: 0, to: startOfLine(reading, end + 1), text: '' }
  return { from: endOfLine(reading, first - 1), to: endOfLine(reading, end), text: '' }
}

const nextThing = ({ source }: Reading, at: number) => source.length - source.slice(at).trimStart().length

function removedFromFlow({ parent, index, start, to }: Entry): Splice {
  if (index > 0) return { from: entryOf(parent, index - 1).to, to, text: '' }
  return { from: start, to: parent.items.length > 1 ? entryOf(parent, 1).start : to, text: '' }
}

/** The lines of an entry with the blank ones before it; the first entry of all has those that follow. */
function withBlanks(reading: Reading, entry: Entry, last: number): { first: number; end: number } {
  const { parent, index } = entry
  let first = firstLineOf(reading, entry)
  let end = last
  if (index > 0) {
    const floor = floorOf(reading, entry)
    while (first - 1 > floor && isBlankLine(reading, first - 1)) first--
  }
  const isFollowed = index === 0 ? parent.items.length > 1 : keepsNewlines(entryOf(parent, index - 1).value)
  while (isFollowed && end + 1 < reading.starts.length - 1 && isBlankLine(reading, end + 1)) end++
  return { first, end }
}
