/** Which lines belong to a property or an item: comments before, behind and within it are its own. */

import { columnOf, endOfLine, entryOf, isBlock, lineOf, startOfLine, textOfLine, type Entry, type Reading } from './reading'

const isComment = (text: string) => /^\s*#/.test(text)
const indentOf = (text: string) => text.length - text.trimStart().length

export const isBlankLine = (reading: Reading, line: number): boolean => textOfLine(reading, line).trim() === ''

/** The last line of an entry, with comments below that are indented deeper than it. */
export function lastLineOf(reading: Reading, entry: Entry): number {
  const column = columnOf(reading, entry.start)
  let last = lineOf(reading.starts, entry.to)
  for (let line = last + 1; line < reading.starts.length; line++) {
    const text = textOfLine(reading, line)
    if (text.trim() === '') continue
    if (!isComment(text) || indentOf(text) <= column) break
    last = line
  }
  return last
}

/** The line after which an entry's own lines may begin: the last of the one before it, or that of the key it is below. */
export function floorOf(reading: Reading, { parent, index, start }: Entry): number {
  if (index > 0) return lastLineOf(reading, entryOf(parent, index - 1))
  let line = lineOf(reading.starts, start) - 1
  while (line >= 0 && (isBlankLine(reading, line) || isComment(textOfLine(reading, line)))) line--
  return line
}

/** The first line of an entry, with the comments directly above it. Comments at the head of a flow are the flow's. */
export function firstLineOf(reading: Reading, entry: Entry): number {
  let line = lineOf(reading.starts, entry.start)
  if (entry.parent === reading.root && entry.index === 0) return line
  const floor = floorOf(reading, entry)
  while (line - 1 > floor && isComment(textOfLine(reading, line - 1))) line--
  return line
}

/** Whether an entry begins in a line where something else stands before it, such as the dash of its map. */
export const isInline = (reading: Reading, { start }: Entry): boolean => reading.source.slice(startOfLine(reading, lineOf(reading.starts, start)), start).trim() !== ''

/** Whether a blank line stands between an entry and the one before it. */
export function isApart(reading: Reading, entry: Entry): boolean {
  for (let line = lastLineOf(reading, entryOf(entry.parent, entry.index - 1)) + 1; line < lineOf(reading.starts, entry.start); line++) {
    if (isBlankLine(reading, line)) return true
  }
  return false
}

/** Whether a value begins in a line below its key or dash. */
export const isBelow = (reading: Reading, entry: Entry): boolean => lineOf(reading.starts, entry.from) > lineOf(reading.starts, entry.mark)

/** The text of a value. What stands below its key has the comments above it; a list or map in lines has those below it, too. */
export function extentOf(reading: Reading, entry: Entry): { from: number; to: number } {
  const from = isBelow(reading, entry) ? firstBelow(reading, lineOf(reading.starts, entry.mark)) : entry.from
  return { from, to: isBlock(entry.value) ? endOfLine(reading, lastLineOf(reading, entry)) : entry.to }
}

/** Where the first thing below a line stands. */
function firstBelow(reading: Reading, line: number): number {
  let below = line + 1
  while (isBlankLine(reading, below)) below++
  return startOfLine(reading, below) + indentOf(textOfLine(reading, below))
}

/** The column that the lines of a value are indented from: those of a list or map stand at its own, others hang below key or dash. */
export function columnOfValue(reading: Reading, entry: Entry): number {
  if (isBlock(entry.value)) return columnOf(reading, entryOf(entry.value, 0).start)
  return columnOf(reading, isBelow(reading, entry) ? entry.from : entry.start)
}
