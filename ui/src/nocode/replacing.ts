/** Another value in the place of one. */

import { isMap, isScalar, isSeq, type Node } from 'yaml'
import { extentOf, isBelow, isBlankLine, lastLineOf } from './extents'
import { columnOf, endOf, endOfLine, entryOf, isBlock, isInFlow, endsWithText, keepsNewlines, lineOf, type Entry, type Path, type Reading, type Splice } from './reading'
import { alone, shifted, valueOf, writtenInFlow, type Below } from './writing'

/** YAML that stands alone in the place of the value at a path. */
export function replacement(reading: Reading, path: Path, entry: Entry, text: string): Splice {
  if (isInFlow(reading, path)) return inFlowPlace(reading, entry, text)
  return isBelow(reading, entry) && !isBlock(entry.value) ? (belowPlace(reading, entry, text) ?? linesPlace(reading, entry, text)) : linesPlace(reading, entry, text)
}

function inFlowPlace(reading: Reading, entry: Entry, text: string): Splice {
  const isBare = entry.from === entry.mark && isMap(entry.parent)
  const colon = isBare && reading.source[entry.mark - 1] !== ':' ? ': ' : isBare ? ' ' : ''
  const now = isMap(entry.parent) && text.trim() === '' ? '' : colon + inFlow(reading, columnOf(reading, entry.start), text)
  return { from: entry.from, to: entry.to, text: now }
}

/** YAML as it can stand in braces and brackets: as it is written where it can be, else in one line. */
export function inFlow({ newline }: Pick<Reading, 'newline'>, column: number, text: string): string {
  const { node, comments, inline, lines } = alone(text, { isItem: true, step: 2, listStep: 2 })
  if (!node) return 'null'
  const isAsItIs = isScalar(node) ? lines.length === 0 && !/^[|>]|#/.test(inline) && (/^["']/.test(inline) || !/[,[\]{}]/.test(inline)) : !isBlock(node)
  return isAsItIs && comments.length === 0 ? [inline.slice(0, endOf(node)), ...shifted(lines, column)].join(newline) : writtenInFlow(valueOf(text))
}

/** How what is below a key or behind a dash is indented here. */
function stepsOf(reading: Reading, entry: Entry): Below {
  const habits = habitsOf(reading)
  const isItem = isSeq(entry.parent)
  const column = columnOf(reading, entry.start)
  const own = isBlock(entry.value) ? columnOf(reading, entryOf(entry.value, 0).start) - column : undefined
  if (isItem) return { isItem, step: own ?? Math.max(2, isBelow(reading, entry) ? 2 : entry.from - entry.start), listStep: 2, isBelow: isBelow(reading, entry) }
  return { isItem, step: (isMap(entry.value) ? own : undefined) ?? habits.step, listStep: (isSeq(entry.value) ? own : undefined) ?? habits.listStep }
}

/** How far maps and lists are indented in a flow, told by its first ones. */
export function habitsOf(reading: Reading): { step: number; listStep: number } {
  const found: { step?: number; listStep?: number } = {}
  for (const [index, { value }] of (reading.root?.items ?? []).entries()) {
    if (!reading.root || !isBlock(value) || value.items.length === 0) continue
    const indent = columnOf(reading, entryOf(value, 0).start) - columnOf(reading, entryOf(reading.root, index).start)
    if (isSeq(value)) found.listStep ??= indent
    else found.step ??= indent
  }
  return { step: found.step ?? 2, listStep: found.listStep ?? 2 }
}

/** A text or a list in brackets that stands below its key stays there. */
function belowPlace(reading: Reading, entry: Entry, text: string): Splice | undefined {
  const { node, comments, inline, lines } = alone(text, { isItem: true, step: 2, listStep: 2 })
  if (!node || isBlock(node) || comments.length > 0) return undefined
  const below = shifted(lines, columnOf(reading, entry.from))
  return { ...extentOf(reading, entry), text: [inline, ...below].join(reading.newline) }
}

function linesPlace(reading: Reading, entry: Entry, text: string): Splice {
  const { source, newline, starts } = reading
  const { node, inline, lines, isOpen, isRemarked } = alone(text, stepsOf(reading, entry))
  const wasBelow = isBelow(reading, entry)
  const { from, to } = extentOf(reading, entry)
  const markEnd = endOfLine(reading, lineOf(starts, entry.mark))
  const end = wasBelow ? to : endOfLine(reading, lineOf(starts, to))
  const remark = source.slice(wasBelow ? entry.mark : to, wasBelow ? markEnd : end)
  const behind = isRemarked || (remark.trim() === '' && !wasBelow && inline === '') ? '' : remark
  const first = inline === '' ? '' : gapOf(source, entry) + inline
  const blanks = wasBelow && isBlock(node) ? source.slice(markEnd, endOfLine(reading, lineOf(starts, from) - 1)) : ''
  const below = blanks + shifted(lines, columnOf(reading, entry.start)).map((line) => newline + line).join('')
  const after = behindText(reading, entry, node, end)
  return { from: entry.mark, to: after.to, text: (isOpen ? first + below + behind : first + behind + below) + after.text }
}

/** Comments further to the right, and blank lines below a text that keeps them, would become a part of it. */
function behindText(reading: Reading, entry: Entry, node: Node | undefined, end: number): { to: number; text: string } {
  if (!endsWithText(node)) return { to: end, text: '' }
  const to = endOfLine(reading, lastLineOf(reading, { ...entry, to: end }))
  const indent = ' '.repeat(columnOf(reading, entry.start))
  const lines = reading.source.slice(end, to).split(reading.newline).slice(1).map((line) => (line.trim() === '' ? '' : indent + line.trim()))
  const isKept = keepsNewlines(node)
  const text = lines.filter((line) => !isKept || line !== '').map((line) => reading.newline + line).join('')
  return { to: isKept ? endOfBlanks(reading, to) : to, text }
}

/** The space between a dash or colon and what follows it in the line. */
function gapOf(source: string, { mark, from }: Entry): string {
  const gap = source.slice(mark, from)
  return /^[ \t]+$/.test(gap) ? gap : ' '
}

/** The end of the blank lines that follow a line, which a text that keeps newlines would take in. */
export function endOfBlanks(reading: Reading, end: number): number {
  let line = lineOf(reading.starts, end)
  while (line + 1 < reading.starts.length - 1 && isBlankLine(reading, line + 1)) line++
  return endOfLine(reading, line)
}
