/** How values are written as YAML, and how YAML that stands alone is written below a key or behind a dash. */

import { Document, isSeq, Scalar, visit, type Node } from 'yaml'
import { t } from '../language'
import { endOf, entryOf, isBlock, isBlockText, isCollection, parsed, UnreadableText, valueIn, type Collection } from './reading'

/** What somebody reads as something else than text, and expressions, which are quoted by custom. */
const MISREAD = /^(?:y|n|yes|no|on|off|true|false|null|~|<<)?$|^[-+]?[\d.][\d_.,:eE+-]*$|^0[xob][\da-f_]+$|^\d{4}-\d\d?-\d\d?|\{\{/i
const AS_WRITTEN = { lineWidth: 0, minContentWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER }

export type Quotes = Scalar.Type | undefined

/** A value as YAML that stands alone; a text keeps its quotes where it can. */
export function written(value: unknown, quotes?: Quotes): string {
  const text = documentOf(value, quotes).toString(AS_WRITTEN).slice('- '.length)
  const [head = '', ...lines] = text.replace(/\n$/, '').split('\n')
  return [head, ...(/^[|>]/.test(head) ? lines : shifted(lines, -2))].join('\n')
}

/** A value as YAML that can stand in braces and brackets, in one line. */
export function writtenInFlow(value: unknown, quotes?: Quotes): string {
  const document = documentOf(value, quotes)
  visit(document, {
    Collection: (_, node) => void (node.flow = true),
    Scalar: (_, node) => void (typeof node.value === 'string' && node.value.includes('\n') && (node.type = Scalar.QUOTE_DOUBLE)),
  })
  const text = document.toString({ ...AS_WRITTEN, blockQuote: false, flowCollectionPadding: false }).trim()
  return text.slice(1, -1).trim()
}

/** A list with the value as its only item: texts of several lines need something that they are indented below. */
function documentOf(value: unknown, quotes: Quotes): Document {
  const document = new Document([value], { aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (key, node, parents) => {
      if (typeof node.value !== 'string') return
      node.type = key === 'key' && /^[a-z]+$/i.test(node.value) ? Scalar.PLAIN : typeOf(node.value, parents.length === 2 ? quotes : undefined)
    },
  })
  return document
}

function typeOf(text: string, quotes: Quotes): Scalar.Type {
  // Newlines at the end would take in the blank lines that follow.
  if (text.endsWith('\n\n') || text === '\n') return Scalar.QUOTE_DOUBLE
  if (text.includes('\n')) return quotes === Scalar.BLOCK_FOLDED || quotes === Scalar.QUOTE_DOUBLE ? quotes : Scalar.BLOCK_LITERAL
  if (quotes === Scalar.QUOTE_DOUBLE || quotes === Scalar.QUOTE_SINGLE) return quotes
  return MISREAD.test(text) ? Scalar.QUOTE_DOUBLE : Scalar.PLAIN
}

/** How lines are indented below a key or behind a dash. */
export interface Below {
  isItem: boolean
  /** Maps below their key, everything below a dash. */
  step: number
  /** Lists below their key. */
  listStep: number
  /** Items begin below their dash. */
  isBelow?: boolean
}

/** YAML that stood alone, as it is written below a key or behind a dash that stands at the first column. */
export interface Alone {
  node: Node | undefined
  /** Comments above it. They are in the lines, too. */
  comments: readonly string[]
  /** What stands in the line of the key or dash. */
  inline: string
  /** What stands below. */
  lines: readonly string[]
  /** A comment behind the key or dash stands at the end of the last line, since the first one is within quotes or brackets. */
  isOpen: boolean
  /** It has a comment behind it. */
  isRemarked: boolean
}

/** Reads YAML that stands alone and says how it is written below a key or behind a dash. */
export function alone(text: string, below: Below): Alone {
  const { comments, body, node } = takenApart(text)
  const rest = { node, comments, isOpen: false, isRemarked: false }
  if (isBlock(node)) return { ...rest, ...collectionLines(comments, body, node, below) }
  if (isBlockText(node)) return { ...rest, ...textLines(comments, body) }
  const end = node ? endOf(node) : body.trimEnd().length
  const behind = /^[ \t]*#.*/.exec(body.slice(end))?.[0].trimEnd() ?? ''
  const [first = '', ...more] = (body.slice(0, end) + behind).split('\n')
  const hung = isCollection(node) || Math.min(...more.filter(isWritten).map(indentOf)) > 0 ? more : shifted(more, below.step)
  const own = { ...rest, isOpen: more.length > 0, isRemarked: behind !== '' }
  return comments.length > 0 ? { ...own, inline: '', lines: shifted([...comments, first, ...more], below.step) } : { ...own, inline: first, lines: hung }
}

/** The plain value of YAML that stands alone. */
export function valueOf(text: string): unknown {
  const document = parsed(text)
  try {
    return document.toJS() ?? null
  } catch (error) {
    throw told(error)
  }
}

/** What to say where a value stands for an anchor that is not there. */
export const told = (error: unknown): unknown => (error instanceof ReferenceError ? new UnreadableText(error.message) : error)

const isWritten = (line: string) => line.trim() !== ''
const indentOf = (line: string) => line.length - line.trimStart().length

/** The comments above it, its own text, which begins at the first column, and what it is. */
export function takenApart(text: string): { comments: string[]; body: string; node: Node | undefined } {
  const lines = text.replaceAll('\r\n', '\n').replace(/^---\n/, '').split('\n')
  const first = lines.findIndex((line) => isWritten(line) && !line.trimStart().startsWith('#'))
  const above = (first < 0 ? lines : lines.slice(0, first)).map((line) => line.trim())
  const comments = above.slice(Math.max(0, above.findIndex(isWritten)), above.some(isWritten) ? above.length : 0)
  const body = first < 0 ? '' : shifted(lines.slice(first), -indentOf(lines[first] ?? '')).join('\n')
  const document = parsed(body)
  const [error] = document.errors
  if (error) throw new UnreadableText(t`This is no YAML: ${error.message.split('\n', 1)[0] ?? ''}`)
  return { comments, body, node: valueIn(document.contents) }
}

function collectionLines(comments: readonly string[], body: string, node: Collection, { isItem, step, listStep, isBelow = false }: Below): Pick<Alone, 'inline' | 'lines'> {
  const first = body.lastIndexOf('\n', entryOf(node, 0).start) + 1
  const end = endOf(node)
  // Comments that follow a list at the column of its key would be no more of the list's.
  const isLevel = !isItem && isSeq(node) && listStep === 0
  const after = shifted(body.slice(end).replace(/\s+$/, '').split('\n').slice(1), isLevel ? 2 : 0)
  const behind = body.slice(end).split('\n', 1)[0]?.trimEnd() ?? ''
  const own = [...(body.slice(first, end) + behind).split('\n'), ...after]
  const head = body.slice(0, first).trimEnd()
  const by = (isSeq(node) && !isItem ? listStep : step) - (first > 0 ? indentOf(own[0] ?? '') : 0)
  if (head !== '') return { inline: head.split('\n')[0] ?? '', lines: [...shifted(comments, by), ...shifted([...head.split('\n').slice(1), ...own], by)] }
  if (isItem && !isBelow && comments.length === 0) return { inline: own[0] ?? '', lines: shifted(own.slice(1), by) }
  return { inline: '', lines: shifted([...comments, ...own], by) }
}

function textLines(comments: readonly string[], body: string): Pick<Alone, 'inline' | 'lines'> {
  const [head = '', ...rest] = body.split('\n')
  if (!/[|>]\S*\+/.test(head)) while (rest.length > 0 && !isWritten(rest.at(-1) ?? '')) rest.pop()
  else if (rest.at(-1) === '') rest.pop()
  const least = Math.min(...rest.filter(isWritten).map(indentOf))
  const remark = comments.length > 0 ? ` ${head.includes('#') ? '' : '# '}${comments.filter(isWritten).map((line) => line.replace(/^#+\s*/, '')).join(' ')}` : ''
  return { inline: head.trimEnd() + remark, lines: least === 0 ? shifted(rest, 2) : rest }
}

/** Lines moved to the right, or to the left as far as they are indented. */
export function shifted(lines: readonly string[], by: number): string[] {
  if (by === 0) return [...lines]
  return lines.map((line) => (by > 0 ? (line === '' ? line : ' '.repeat(by) + line) : line.slice(Math.min(-by, line.search(/[^ ]|$/)))))
}
