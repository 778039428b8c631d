/** Which lines belong to a property or an item: comments before, behind and within it are its own. */

import { columnOf, endOfLine, entryOf, isBlock, lineOf, startOfLine, textOfLine, type Entry, type Reading } from './reading'

const COMMENT = /^\s*#/
const isBlank = (text: string) => text.trim() === ''
const indentOf = (text: string) => text.length - text.trimStart().length

/** The last line of an entry, with comments below that are indented deeper than it. */
export function lastLineOf(reading: Reading, entry: Entry): number {
  const column = columnOf(reading, entry.start)
  let last = lineOf(reading.starts, entry.to)
  for (let line = last + 1; line < reading.starts.length; line++) {
    const text = textOfLine(reading, line)
    if (isBlank(text)) continue
    if (!COMMENT.test(text) || indentOf(text) <= column) break
    last = line
  }
  return last
}

/** The line after which an entry's own lines may begin: the last of the one before it, or that of the collection's own key. */
export function floorOf(reading: Reading, { parent, index, start }: Entry): number {
  if (index > 0) return lastLineOf(reading, entryOf(parent, index - 1))
  let line = lineOf(reading.starts, start) - 1
  while (line >= 0 && (isBlank(textOfLine(reading, line)) || COMMENT.test(textOfLine(reading, line)))) line--
  return line
}

/** The first line of an entry, with the comments directly above it. Comments at the head of a flow are the flow's. */
export function firstLineOf(reading: Reading, entry: Entry): number {
  let line = lineOf(reading.starts, entry.start)
  if (entry.parent === reading.root && entry.index === 0) return line
  const floor = floorOf(reading, entry)
  while (line - 1 > floor && COMMENT.test(textOfLine(reading, line - 1))) line--
  return line
}

/** Whether an entry begins in a line where something else stands before it, such as the dash of its map. */
export const isInline = (reading: Reading, { start }: Entry): boolean => !isBlank(reading.source.slice(startOfLine(reading, lineOf(reading.starts, start)), start))

/** Whether a blank line stands between an entry and the one before it. */
export function isApart(reading: Reading, entry: Entry): boolean {
  for (let line = lastLineOf(reading, entryOf(entry.parent, entry.index - 1)) + 1; line < lineOf(reading.starts, entry.start); line++) {
    if (isBlank(textOfLine(reading, line))) return true
  }
  return false
}

/** The text of a value: a list or map of lines has its comments with it, others do not. */
export function extentOf(reading: Reading, entry: Entry): { from: number; to: number } {
  if (!isBlock(entry.value)) return entry
  const first = entryOf(entry.value, 0)
  const isBelow = entry.from === first.start && !isInline(reading, first)
  const from = isBelow ? indented(reading, lineOf(reading.starts, entry.mark) + 1) : entry.from
  return { from, to: endOfLine(reading, lastLineOf(reading, entry)) }
}

/** Where the first thing stands in a line or the lines below. */
function indented(reading: Reading, line: number): number {
  let at = line
  while (isBlank(textOfLine(reading, at))) at++
  return startOfLine(reading, at) + indentOf(textOfLine(reading, at))
}
