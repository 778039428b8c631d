/** Another value in the place of one. */

import { isMap, isScalar, isSeq } from 'yaml'
import { extentOf, isBelow, isBlankLine } from './extents'
import { columnOf, endOfLine, entryAt, entryOf, isBlock, isInFlow, keepsNewlines, lineOf, type Entry, type Path, type Reading } from './reading'
import { alone, shifted, valueOf, writtenInFlow, type Below } from './writing'

/** The text with YAML that stands alone in the place of what is at a path. */
export function replaced(reading: Reading, path: Path, text: string): string {
  const entry = entryAt(reading, path)
  if (!entry) return reading.source
  return isInFlow(reading, path) ? replacedInFlow(reading, entry, text) : replacedInLines(reading, entry, text)
}

function replacedInFlow({ source }: Reading, entry: Entry, text: string): string {
  const isBare = entry.from === entry.mark && isMap(entry.parent)
  const colon = isBare && source[entry.mark - 1] !== ':' ? ': ' : isBare ? ' ' : ''
  return source.slice(0, entry.from) + colon + inFlow(text) + source.slice(entry.to)
}

/** YAML as it can stand in braces and brackets: as it is written where it can be, else in one line. */
export function inFlow(text: string): string {
  const { node, inline, lines } = alone(text, { isItem: false, step: 2, listStep: 2 })
  if (!node) return 'null'
  const isAsItIs = !isBlock(node) && lines.length === 0 && !/[#|>]/.test(inline) && (!isScalar(node) || /^["']/.test(inline) || !/[,[\]{}]/.test(inline))
  return isAsItIs ? inline : writtenInFlow(valueOf(text))
}

/** How what is below a key or behind a dash is indented here. */
function stepsOf(reading: Reading, entry: Entry): Below {
  const habits = habitsOf(reading)
  const isItem = isSeq(entry.parent)
  const column = columnOf(reading, entry.start)
  const own = isBlock(entry.value) ? columnOf(reading, entryOf(entry.value, 0).start) - column : undefined
  if (isItem) return { isItem, step: own ?? Math.max(2, isBelow(reading, entry) ? 2 : entry.from - entry.start), listStep: 2 }
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

function replacedInLines(reading: Reading, entry: Entry, text: string): string {
  const { source, newline, starts } = reading
  const { node, inline, lines, isOpen, isRemarked } = alone(text, stepsOf(reading, entry))
  const wasBelow = isBelow(reading, entry)
  const { to } = extentOf(reading, entry)
  const end = wasBelow ? to : endOfLine(reading, lineOf(starts, to))
  const remark = source.slice(wasBelow ? entry.mark : to, wasBelow ? endOfLine(reading, lineOf(starts, entry.mark)) : end)
  const behind = isRemarked || (remark.trim() === '' && !wasBelow && inline === '') ? '' : remark
  const first = inline === '' ? '' : gapOf(source, entry) + inline
  const below = shifted(lines, columnOf(reading, entry.start)).map((line) => newline + line).join('')
  const own = isOpen ? first + below + behind : first + behind + below
  return source.slice(0, entry.mark) + own + source.slice(keepsNewlines(node) ? endOfBlanks(reading, end) : end)
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
