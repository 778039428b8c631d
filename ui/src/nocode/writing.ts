/** How values are written as YAML, and how YAML that stands alone is written below a key or behind a dash. */

import { Document, isMap, isNode, isScalar, parseDocument, Scalar, visit, type Node } from 'yaml'
import { t } from '../language'
import { isBlock, UnreadableText } from './reading'

/** What others than the server would read as something else than text, and expressions, which are quoted by custom. */
const MISREAD = /^(?:y|n|yes|no|on|off|true|false|null|~)$|^[-+]?[\d.][\d_.,:eE+-]*$|^0[xob][\da-f_]+$|^\d{4}-\d\d?-\d\d?|\{\{|^$|^<<$/i
const AS_WRITTEN = { lineWidth: 0, minContentWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER }

export type Quotes = Scalar.Type | undefined

/** A value as YAML that stands alone; a text keeps its quotes where it can. */
export function written(value: unknown, quotes?: Quotes): string {
  const text = documentOf(value, quotes).toString(AS_WRITTEN).slice('- '.length)
  const [head = ''] = text.split('\n', 1)
  if (/^[|>][-\d]*\+/.test(head)) return text
  const lines = text.replace(/\n$/, '').split('\n')
  return (/^[|>]/.test(head) ? lines : [head, ...shifted(lines.slice(1), -2)]).join('\n')
}

/** A value as YAML that can stand in braces and brackets, in one line. */
export function writtenInFlow(value: unknown, quotes?: Quotes): string {
  const document = documentOf(value, quotes)
  visit(document, { Collection: (_, node) => void (node.flow = true) })
  const text = document.toString({ ...AS_WRITTEN, blockQuote: false, flowCollectionPadding: true }).trim()
  return text.slice(1, -1).trim()
}

/** A list with the value as its only item: texts of several lines need something that they are indented below. */
function documentOf(value: unknown, quotes: Quotes): Document {
  const document = new Document([value], { aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (key, node, parents) => {
      if (typeof node.value === 'string') node.type = typeOf(node.value, parents.length === 2 ? quotes : undefined, key === 'key')
    },
  })
  return document
}

function typeOf(text: string, quotes: Quotes, isKey: boolean): Scalar.Type {
  const isBlockQuoted = quotes === Scalar.BLOCK_LITERAL || quotes === Scalar.BLOCK_FOLDED
  if (text.includes('\n')) return quotes !== undefined && quotes !== Scalar.PLAIN && quotes !== Scalar.QUOTE_SINGLE ? quotes : Scalar.BLOCK_LITERAL
  if (quotes !== undefined && quotes !== Scalar.PLAIN && !isBlockQuoted) return quotes
  return MISREAD.test(text) && !(isKey && /^(?:y|n|on|off)$/.test(text)) ? Scalar.QUOTE_DOUBLE : Scalar.PLAIN
}

/** YAML that stands alone, taken apart. */
export interface Alone {
  value: unknown
  node: Node | undefined
  /** What stands in the line of the key or dash. */
  inline: string
  /** What stands below, as if the key or dash stood at the first column. */
  lines: string[]
}

export interface Below {
  /** What is written behind a dash, not behind a key. */
  isItem: boolean
  /** How far maps are indented below their key, and behind the dash of their item. */
  step: number
  /** How far lists are indented below their key. */
  listStep: number
}

/** Reads YAML that stands alone and says how it is written below a key or behind a dash. */
export function alone(text: string, { isItem, step, listStep }: Below): Alone {
  const source = text.replaceAll('\r\n', '\n')
  const { contents, document } = parsed(source)
  const value: unknown = isNode(contents) ? valueOf(contents, document) : null
  if (!isNode(contents) || source.trim() === '') return { value: null, node: undefined, inline: source.trim(), lines: [] }
  const isBlockScalar = isScalar(contents) && (contents.type === Scalar.BLOCK_LITERAL || contents.type === Scalar.BLOCK_FOLDED)
  if (isBlockScalar) return { value, node: contents, ...blockScalar(source, contents) }
  const all = dedented(withoutEnds(source))
  if (!isBlock(contents)) return { value, node: contents, inline: all[0] ?? '', lines: shifted(all.slice(1), step) }
  const isHeaded = /^[&!#]/.test(all[0] ?? '') && !isFirstEntry(contents, source)
  if (isItem && !(isHeaded && all[0]?.startsWith('#'))) return { value, node: contents, inline: all[0] ?? '', lines: shifted(all.slice(1), step) }
  const head = isHeaded && !all[0]?.startsWith('#') ? (all[0] ?? '') : ''
  return { value, node: contents, inline: head, lines: shifted(head ? all.slice(1) : all, isMap(contents) || isItem ? step : listStep) }
}

function parsed(source: string) {
  const document = parseDocument(source, { keepSourceTokens: true, logLevel: 'silent', merge: true, strict: false, uniqueKeys: false })
  const [error] = document.errors
  if (error) throw new UnreadableText(t`This is no YAML: ${error.message.split('\n', 1)[0] ?? ''}`)
  return { document, contents: document.contents }
}

/** Aliases of what stands elsewhere in the flow mean nothing here. */
function valueOf(contents: Node, document: Document): unknown {
  try {
    return contents.toJS(document)
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

/** An anchor of the first key is no head of the whole. */
function isFirstEntry(contents: Node, source: string): boolean {
  const line = (source.slice(contents.range?.[0] ?? 0).split('\n', 1)[0] ?? '').trimStart()
  return source.trimStart().startsWith(line)
}

const withoutEnds = (source: string) => source.replace(/^(?:[ \t]*\n)+/, '').trimEnd()

/** Lines moved to the left as far as the first one allows. */
function dedented(text: string): string[] {
  const lines = text.split('\n')
  const indent = (lines[0] ?? '').search(/\S|$/)
  return shifted(lines, -indent)
}

function blockScalar(source: string, node: Scalar): Pick<Alone, 'inline' | 'lines'> {
  const [head = '', ...rest] = source.replace(/^\s+/, '').split('\n')
  if (/^[^#]*[|>][-+]?[1-9]/.test(head)) {
    const [inline = '', ...lines] = written(node.value, node.type).split('\n')
    return { inline, lines }
  }
  if (!/[|>]\S*\+/.test(head)) while (rest.length > 0 && rest.at(-1)?.trim() === '') rest.pop()
  else if (source.endsWith('\n')) rest.pop()
  const first = rest.find((line) => line.trim() !== '') ?? ''
  return { inline: head.trimEnd(), lines: shifted(rest, 2 - first.search(/\S|$/)) }
}

/** Lines moved to the right, or to the left as far as they are indented. */
export function shifted(lines: readonly string[], by: number): string[] {
  if (by === 0) return [...lines]
  return lines.map((line) => (by > 0 ? (line === '' ? line : ' '.repeat(by) + line) : line.slice(Math.min(-by, line.search(/[^ ]|$/)))))
}
