/** Properties and items that are new, and those that go. */

import { isMap, type YAMLMap, type YAMLSeq } from 'yaml'
import { firstLineOf, floorOf, isApart, isInline, lastLineOf } from './extents'
import { columnOf, endOfLine, entryOf, isInFlow, lineOf, startOfLine, textOfLine, type Collection, type Entry, type Path, type Reading } from './reading'
import { habitsOf, inFlow } from './replacing'
import { alone, shifted, written } from './writing'

/** The order in which a flow's own properties are written. */
const FLOW = ['id', 'namespace', 'revision', 'description', 'disabled', 'labels', 'inputs', 'variables', 'concurrency', 'retry', 'sla', 'checks', 'workerGroup', 'tasks', 'errors', 'finally', 'afterExecution', 'outputs', 'triggers', 'pluginDefaults']
const OTHERS = ['id', 'type']

/** The text with a new item before the one at an index; a list that is none yet is the text alone. */
export function insertedItem(reading: Reading, path: Path, list: YAMLSeq | undefined, index: number, text: string): string {
  if (list && (list.flow || isInFlow(reading, path))) return insertedInFlow(reading, list, index, inFlow(text))
  const { lines, inline } = alone(text, { isItem: true, step: 2, listStep: 2 })
  const comments = inline === '' ? [] : leading(inline, lines)
  const now = comments.length > 0 ? comments : [inline === '' ? '-' : `- ${inline}`, ...lines]
  return list ? inserted(reading, list, Math.min(index, list.items.length), now) : now.join(reading.newline)
}

/** Comments above an item stand above its dash. */
function leading(inline: string, lines: readonly string[]): string[] {
  if (!inline.startsWith('#')) return []
  const all = [inline, ...shifted(lines, -2)]
  const first = all.findIndex((line) => line.trim() !== '' && !line.startsWith('#'))
  return first < 0 ? [] : [...all.slice(0, first), `- ${all[first] ?? ''}`, ...shifted(all.slice(first + 1), 2)]
}

/** The text with a new property in its usual place; a map that is none yet is the text alone. */
export function insertedProperty(reading: Reading, path: Path, map: YAMLMap | undefined, key: string, text: string): string {
  const name = written(key)
  if (map && (map.flow || isInFlow(reading, path))) return insertedInFlow(reading, map, placeOf(map, key, OTHERS), `${name}: ${inFlow(text)}`)
  const { inline, lines } = alone(text, { isItem: false, ...habitsOf(reading) })
  const now = [inline === '' ? `${name}:` : `${name}: ${inline}`, ...lines]
  if (map) return inserted(reading, map, placeOf(map, key, path.length === 0 ? FLOW : OTHERS), now)
  const before = reading.source.trimEnd()
  return `${before}${before && reading.newline}${now.join(reading.newline)}${reading.source === '' ? '' : reading.newline}`
}

function placeOf(map: YAMLMap, key: string, order: readonly string[]): number {
  const rank = order.indexOf(key)
  if (rank < 0) return map.items.length
  return map.items.findLastIndex((pair) => {
    const other = order.indexOf(String(pair.key))
    return other >= 0 && other < rank
  }) + 1
}

function inserted(reading: Reading, parent: Collection, index: number, lines: readonly string[]): string {
  const { source, newline } = reading
  const count = parent.items.length
  const first = entryOf(parent, 0)
  const now = shifted(lines, columnOf(reading, first.start))
  const near = Math.max(1, Math.min(index, count - 1))
  const blank = count > 1 && isApart(reading, entryOf(parent, near)) ? [''] : []
  if (index > 0) {
    const at = endOfLine(reading, lastLineOf(reading, entryOf(parent, index - 1)))
    return source.slice(0, at) + [...blank, ...now].map((line) => newline + line).join('') + source.slice(at)
  }
  const isWithin = isInline(reading, first)
  const at = isWithin ? first.start : startOfLine(reading, firstLineOf(reading, first))
  const text = [...now, ...blank].join(newline)
  return source.slice(0, at) + (isWithin ? text.trimStart() : text) + newline + (isWithin ? ' '.repeat(columnOf(reading, first.start)) : '') + source.slice(at)
}

function insertedInFlow({ source }: Reading, parent: Collection, index: number, text: string): string {
  const [start, end] = parent.range ?? [0, 0]
  if (parent.items.length === 0) {
    const isPadded = isMap(parent)
    return `${source.slice(0, start + 1)}${isPadded ? ` ${text} ` : text}${source.slice(end - 1)}`
  }
  if (index === 0) {
    const at = entryOf(parent, 0).start
    return `${source.slice(0, at)}${text}, ${source.slice(at)}`
  }
  const at = entryOf(parent, index - 1).to
  return `${source.slice(0, at)}, ${text}${source.slice(at)}`
}

/** The text without an entry that others stand beside. */
export function removed(reading: Reading, entry: Entry): string {
  const { source } = reading
  const { parent, index } = entry
  if (parent.flow) {
    const next = index + 1 < parent.items.length ? entryOf(parent, index + 1).start : entry.to
    return index > 0 ? source.slice(0, entryOf(parent, index - 1).to) + source.slice(entry.to) : source.slice(0, entry.start) + source.slice(next)
  }
  const last = lastLineOf(reading, entry)
  if (isInline(reading, entry)) {
    const rest = source.slice(endOfLine(reading, last))
    return source.slice(0, entry.start) + rest.trimStart()
  }
  let first = firstLineOf(reading, entry)
  let end = last
  if (index > 0) {
    const floor = floorOf(reading, entry)
    while (first - 1 > floor && isBlankLine(reading, first - 1)) first--
  } else if (parent.items.length > 1) {
    const next = lineOf(reading.starts, entryOf(parent, 1).start)
    while (end + 1 < next && isBlankLine(reading, end + 1)) end++
  }
  return first > 0 ? source.slice(0, endOfLine(reading, first - 1)) + source.slice(endOfLine(reading, end)) : source.slice(startOfLine(reading, end + 1))
}

const isBlankLine = (reading: Reading, line: number) => textOfLine(reading, line).trim() === ''
