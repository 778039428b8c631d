/** A flow's text as it is read for editing: where each thing in it begins and ends. */

import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, Scalar, type CST, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { t } from '../language'

/** From the flow to something in it: ['tasks', 0, 'then', 1]. */
export type Path = readonly (string | number)[]

/** The text is no YAML map: it can be neither shown as a form nor edited by one. */
export class UnreadableText extends Error {}

/** The text is readable, but what was asked for would break it. */
export class RefusedEdit extends UnreadableText {}

export type Collection = YAMLMap | YAMLSeq

/** What is known of a text. Offsets count UTF-16 units from zero, lines count from zero. */
export interface Reading {
  source: string
  document: Document
  /** Nothing in an empty text. */
  root: YAMLMap | undefined
  /** Offsets at which lines start. */
  starts: readonly number[]
  newline: string
}

/** A property of a map or an item of a list. */
export interface Entry {
  parent: Collection
  index: number
  /** Where its dash or key begins, with what stands before the key. */
  start: number
  /** Behind the dash or the colon. */
  mark: number
  /** Where its value begins, with anchor and tag, and ends; both at the mark where there is none. */
  from: number
  to: number
  value: Node | undefined
}

const KEPT = 4
const kept: Reading[] = []

/** Reads a text; the last ones read are kept, since one edit asks many questions about the same text. */
export function readingOf(source: string): Reading {
  const known = kept.find((one) => one.source === source)
  if (known) return known
  const reading = read(source)
  kept.unshift(reading)
  kept.length = Math.min(kept.length, KEPT)
  return reading
}

function read(source: string): Reading {
  const document = parseDocument(source, { keepSourceTokens: true, logLevel: 'silent', merge: true, strict: false, uniqueKeys: false })
  const starts = startsIn(source)
  const [error] = document.errors
  if (error) throw new UnreadableText(t`Line ${lineOf(starts, error.pos[0]) + 1}: ${firstLine(error.message)}`)
  const { contents } = document
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null)
  if (!isMap(contents) && !isEmpty) {
    throw new UnreadableText(t`Line ${lineOf(starts, (contents as Node).range?.[0] ?? 0) + 1}: a flow is a map of properties, such as ${'id: hello'}`)
  }
  return { source, document, root: isMap(contents) ? contents : undefined, starts, newline: source.includes('\r\n') ? '\r\n' : '\n' }
}

const firstLine = (message: string) => message.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? ''

function startsIn(source: string): number[] {
  const starts = [0]
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The line that an offset is in. */
export function lineOf(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

export const startOfLine = ({ starts, source }: Reading, line: number): number => starts[line] ?? source.length

/** Where a line's text ends, before its newline. */
export function endOfLine({ source, starts }: Reading, line: number): number {
  const next = starts[line + 1]
  if (next === undefined) return source.length
  return source[next - 2] === '\r' ? next - 2 : next - 1
}

export const textOfLine = (reading: Reading, line: number): string => reading.source.slice(startOfLine(reading, line), endOfLine(reading, line))

export const columnOf = (reading: Reading, offset: number): number => offset - startOfLine(reading, lineOf(reading.starts, offset))

export const isCollection = (node: unknown): node is Collection => isMap(node) || isSeq(node)

/** Whether something stands in lines of its own, not in braces or brackets. */
export const isBlock = (node: unknown): node is Collection => isCollection(node) && node.flow !== true

const PASSED = new Set(['space', 'newline', 'comment', 'comma'])
const PROPS = new Set(['anchor', 'tag'])

/** The property or item of a collection that stands at an index. */
export function entryOf(parent: Collection, index: number): Entry {
  const token = (parent.srcToken as CST.BlockMap | CST.BlockSequence | CST.FlowCollection).items[index] as CST.CollectionItem
  const item: unknown = parent.items[index]
  if (isSeq(parent)) {
    const tokens = token.start
    const dash = tokens.findIndex(({ type }) => type === 'seq-item-ind')
    const value = valueIn(item)
    const first = value?.range?.[0] ?? 0
    const start = dash < 0 ? propsBefore(tokens, first) : (tokens[dash]?.offset ?? first)
    const mark = dash < 0 ? start : start + 1
    return { parent, index, start, mark, value, ...extent(tokens.slice(dash + 1), value, mark) }
  }
  const pair = item as Pair
  const key = isNode(pair.key) && pair.key.range ? pair.key.range : ([0, 0] as const)
  const start = token.start.find(({ type }) => !PASSED.has(type))?.offset ?? key[0]
  const sep = token.sep ?? []
  const colon = sep.findIndex(({ type }) => type === 'map-value-ind')
  const mark = colon < 0 ? key[1] : (sep[colon]?.offset ?? 0) + 1
  const value = valueIn(pair.value)
  return { parent, index, start, mark, value, ...extent(sep.slice(colon + 1), value, mark) }
}

const propsBefore = (tokens: readonly CST.SourceToken[], offset: number) => tokens.find(({ type }) => PROPS.has(type))?.offset ?? offset

/** A pair of a list in brackets is a map without braces; a value of which nothing is written is none. */
function valueIn(node: unknown): Node | undefined {
  if (!isNode(node) || !node.range) return undefined
  return isScalar(node) && node.value === null && node.range[0] === node.range[1] ? undefined : node
}

function extent(tokens: readonly CST.SourceToken[], value: Node | undefined, mark: number): { from: number; to: number } {
  const props = tokens.filter(({ type }) => PROPS.has(type))
  const last = props.at(-1)
  const from = props[0]?.offset ?? value?.range?.[0] ?? mark
  return { from, to: value ? endOf(value) : last ? last.offset + last.source.length : mark }
}

/** Where the text of a value ends, without comments, blank lines and the newline that follow it. */
function endOf(node: Node): number {
  if (isBlock(node) && node.items.length > 0) return entryOf(node, node.items.length - 1).to
  const [, end] = node.range ?? [0, 0, 0]
  const token = node.srcToken
  if (token?.type !== 'block-scalar') return end
  const isKept = token.props.some((prop) => prop.type === 'block-scalar-header' && prop.source.includes('+'))
  const ending = isKept ? /\r?\n$/ : /(?:\r?\n[ \t]*)+$/
  return end - (ending.exec(`\n${token.source}`)?.[0].length ?? 0)
}

/** What a key reads, whatever it is written as. */
function keyText(key: unknown): string {
  const value: unknown = isScalar(key) ? key.value : key
  return typeof value === 'symbol' ? (value.description ?? '') : String(value)
}

const MERGE = '<<'

/** The node that a step leads to, its index where it is the collection's own, and what aliases stand for looked up. */
export function indexOfStep(parent: Collection, step: string | number): number {
  if (isSeq(parent)) return typeof step === 'number' && step >= 0 && step < parent.items.length ? step : -1
  return parent.items.findLastIndex(({ key }) => keyText(key) === String(step))
}

/** What an alias stands for; anything else stands for itself. */
export const meant = ({ document }: Reading, node: Node | undefined): Node | undefined => (isAlias(node) ? node.resolve(document) : node)

/** What a path leads to, through aliases and merged maps too. */
export function nodeAt(reading: Reading, path: Path): Node | undefined {
  let node: Node | undefined = reading.root
  for (const step of path) {
    const parent = meant(reading, node)
    node = isCollection(parent) ? childOf(reading, parent, step) : undefined
    if (!node) return undefined
  }
  return node
}

function childOf(reading: Reading, parent: Collection, step: string | number): Node | undefined {
  const index = indexOfStep(parent, step)
  if (isSeq(parent)) return valueOr(parent.items[index])
  const pair = parent.items[index]
  if (pair) return valueOr(pair.value)
  const merged = meant(reading, valueOr(parent.items[indexOfStep(parent, MERGE)]?.value))
  for (const one of isSeq(merged) ? merged.items : [merged]) {
    const map = meant(reading, valueOr(one))
    const found = isMap(map) && step !== MERGE ? childOf(reading, map, step) : undefined
    if (found) return found
  }
  return undefined
}

const valueOr = (node: unknown): Node | undefined => (isNode(node) ? node : undefined)

/** The entry that a path leads to where it stands itself, not through an alias or a merged map. */
export function entryAt(reading: Reading, path: Path): Entry | undefined {
  let entry: Entry | undefined
  let node: Node | undefined = reading.root
  for (const step of path) {
    if (!isCollection(node)) return undefined
    const index = indexOfStep(node, step)
    if (index < 0) return undefined
    entry = entryOf(node, index)
    node = entry.value
  }
  return entry
}

/** Whether braces or brackets are around what stands at a path. */
export function isInFlow(reading: Reading, path: Path): boolean {
  return path.some((_, depth) => {
    const node = depth === 0 ? reading.root : entryAt(reading, path.slice(0, depth))?.value
    return isCollection(node) && node.flow === true
  })
}

export const isQuoted = (node: unknown): boolean => isScalar(node) && (node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE)
