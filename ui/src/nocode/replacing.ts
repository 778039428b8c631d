/** Another value in the place of one. */

import { columnOf, endOfLine, entryAt, isBlock, isInFlow, lineOf, type Entry, type Path, type Reading } from './reading'
import { extentOf } from './extents'
import { isMap, isSeq } from 'yaml'
import { alone, shifted, writtenInFlow, type Below } from './writing'

/** The text with YAML that stands alone in the place of what is at a path. */
export function replaced(reading: Reading, path: Path, text: string): string {
  const entry = entryAt(reading, path)
  if (!entry) return reading.source
  return isInFlow(reading, path) ? replacedInFlow(reading, entry, text) : replacedInLines(reading, entry, text)
}

function replacedInFlow({ source }: Reading, entry: Entry, text: string): string {
  const now = inFlow(text)
  const mark = isSeq(entry.parent) || source[entry.mark - 1] === ':' ? '' : ':'
  const space = entry.from === entry.mark && isMap(entry.parent) ? ' ' : ''
  return source.slice(0, entry.from) + mark + space + now + source.slice(entry.to)
}

/** YAML in one line, as it is where it can stand in braces. */
export function inFlow(text: string): string {
  const { node, value, inline, lines } = alone(text, { isItem: false, step: 2, listStep: 2 })
  const isFit = lines.length === 0 && node !== undefined && !isBlock(node) && !/[|>#]/.test(inline) && (/^["'[{*&!]/.test(inline) || !/[,[\]{}]/.test(inline))
  return isFit ? inline : value === undefined ? inline : writtenInFlow(value)
}

/** How what is below a key or behind a dash is indented here. */
export function stepsOf(reading: Reading, entry: Entry): Below {
  const isItem = isSeq(entry.parent)
  const { step, listStep } = habitsOf(reading)
  const column = columnOf(reading, entry.start)
  const own = isBlock(entry.value) ? columnOf(reading, entry.value.range?.[0] ?? 0) - column : undefined
  if (isItem) return { isItem, step: own ?? 2, listStep: own ?? 2 }
  return { isItem, step: isMap(entry.value) ? (own ?? step) : step, listStep: isSeq(entry.value) ? (own ?? listStep) : listStep }
}

/** How far maps and lists are indented in a flow, told by the first ones. */
export function habitsOf(reading: Reading): { step: number; listStep: number } {
  const found: { step?: number; listStep?: number } = {}
  for (const { key, value } of reading.root?.items ?? []) {
    if (!isBlock(value) || !value.range) continue
    const indent = columnOf(reading, value.range[0]) - columnOf(reading, (key as { range: [number] }).range[0])
    if (isSeq(value)) found.listStep ??= indent
    else found.step ??= indent
  }
  return { step: found.step ?? 2, listStep: found.listStep ?? 2 }
}

function replacedInLines(reading: Reading, entry: Entry, text: string): string {
  const { source, newline } = reading
  const column = columnOf(reading, entry.start)
  const { inline, lines } = alone(text, stepsOf(reading, entry))
  const { from, to } = extentOf(reading, entry)
  const isBelow = lineOf(reading.starts, from) > lineOf(reading.starts, entry.mark)
  const below = shifted(lines, column).map((line) => newline + line).join('')
  const markEnd = endOfLine(reading, lineOf(reading.starts, entry.mark))
  const head = source.slice(0, entry.mark)
  const space = inline === '' ? '' : gapOf(source, entry)
  if (isBelow) return head + space + inline + source.slice(entry.mark, markEnd).trimEnd() + below + source.slice(to)
  const lineEnd = endOfLine(reading, lineOf(reading.starts, to))
  const tail = source.slice(to, lineEnd)
  return head + space + inline + (inline === '' ? tail.trimEnd() && ` ${tail.trim()}` : tail) + below + source.slice(lineEnd)
}

/** The space between a dash or colon and what follows it in the line. */
function gapOf(source: string, { mark, from }: Entry): string {
  const gap = source.slice(mark, from)
  return gap !== '' && /^[ \t]+$/.test(gap) ? gap : ' '
}
