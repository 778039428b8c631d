/** Which thing of a flow a cursor is in. */

import { isMap, isScalar } from 'yaml'
import { columnOf, endOfLine, entryOf, isCollection, lineOf, startOfLine, textOfLine, type Collection, type Entry, type Path, type Reading } from './reading'

interface Point {
  offset: number
  line: number
  /** How far what stands in the line is indented; in an empty line, the cursor. */
  indent: number
}

const BEFORE_CONTENT = /^\s*(?:-(?:\s+|$))*/

/** The path to the innermost property or item around a cursor, which is counted from one. */
export function pathIn(reading: Reading, cursor: { line: number; column: number }): Path {
  return reading.root ? within(reading, reading.root, pointOf(reading, cursor)) : []
}

function pointOf(reading: Reading, { line, column }: { line: number; column: number }): Point {
  const at = Math.min(Math.max(line - 1, 0), reading.starts.length - 1)
  const text = textOfLine(reading, at)
  const content = BEFORE_CONTENT.exec(text)?.[0].length ?? 0
  const indent = text.trim() === '' ? column - 1 : content
  const offset = Math.min(startOfLine(reading, at) + Math.max(column - 1, text.search(/\S|$/)), endOfLine(reading, at))
  return { offset, line: at, indent }
}

function within(reading: Reading, node: Collection, point: Point): Path {
  const index = lastBefore(node, point.offset)
  if (index < 0) return []
  const entry = entryOf(node, index)
  if (!isIn(reading, entry, point)) return []
  const key: unknown = isMap(node) ? node.items[index]?.key : index
  const step = isScalar(key) ? String(key.value) : typeof key === 'number' ? key : String(key)
  return [step, ...(isCollection(entry.value) ? within(reading, entry.value, point) : [])]
}

function lastBefore(node: Collection, offset: number): number {
  let low = 0
  let high = node.items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (entryOf(node, middle).start <= offset) low = middle + 1
    else high = middle
  }
  return low - 1
}

function isIn(reading: Reading, entry: Entry, { offset, line, indent }: Point): boolean {
  if (entry.parent.flow) return offset <= entry.to
  if (offset <= entry.to || line === lineOf(reading.starts, entry.start)) return true
  return columnOf(reading, entry.start) < indent
}
