/** A flow's text as it is read for editing: where each thing in it begins and ends. */

import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type CST, type Document, type Node, type Pair, type ScalarTag, type Tags, type YAMLMap, type YAMLSeq } from 'yaml'
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

/** Other text in the place of a stretch. */
export interface Splice {
  from: number
  to: number
  text: string
}

/** A text with stretches of it replaced, which lie apart. */
export function spliced(source: string, ...splices: readonly Splice[]): string {
  return splices.toSorted((one, other) => other.from - one.from).reduce((text, { from, to, text: now }) => text.slice(0, from) + now + text.slice(to), source)
}

/** What came of reading a text. */
interface Kept {
  source: string
  reading: Reading | UnreadableText
}

const KEPT = 4
const kept: Kept[] = []

/** Whether a text was read just now, so that asking about it costs nothing. */
export const isKept = (source: string): boolean => kept.some((one) => one.source === source)

/** Reads a text; the last ones read are kept, since one edit asks many questions about the same text. */
export function readingOf(source: string): Reading {
  const { reading } = kept.find((one) => one.source === source) ?? keep(source, parsed(source))
  if (reading instanceof UnreadableText) throw reading
  return reading
}

/** Keeps a text that was parsed, readable or not. */
export function keep(source: string, document: Document.Parsed): Kept {
  const one = { source, reading: read(source, document) }
  kept.unshift(one)
  kept.length = Math.min(kept.length, KEPT)
  return one
}

/** Plain text is a number where the server reads one: `010`, `0o17`, `.nan` and `12:30` are text. */
function serverTags(tags: Tags): Tags {
  const isElsewhere = (tag: ScalarTag) => tag.format === 'OCT' || (tag.tag === 'tag:yaml.org,2002:float' && tag.test?.test('.nan') === true)
  const whole = { test: /^[-+]?(?:0|[1-9][0-9_]*)$/, resolve: (text: string) => Number(text.replaceAll('_', '')) }
  const isWhole = (tag: ScalarTag) => tag.tag === 'tag:yaml.org,2002:int' && tag.format === undefined
  return tags
    .filter((tag) => typeof tag === 'string' || !isElsewhere(tag as ScalarTag))
    .map((tag) => (typeof tag !== 'string' && isWhole(tag as ScalarTag) ? { ...(tag as ScalarTag), ...whole } : tag))
}

/** How the server reads YAML; half a line hinders no more than it must. */
export const AS_SERVER = { customTags: serverTags, keepSourceTokens: true, logLevel: 'error', merge: true, strict: false, uniqueKeys: false } as const

/** Parses YAML as the server does. */
export const parsed = (source: string): Document.Parsed => parseDocument(source, AS_SERVER)

function read(source: string, document: Document.Parsed): Reading | UnreadableText {
  const starts = startsIn(source)
  const [error] = document.errors
  if (error) return unreadable(starts, error.pos[0], error.message.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '')
  const { contents } = document
  const root = valueIn(contents)
  if (root && !isMap(root)) return unreadable(starts, root.range?.[0] ?? 0, t`a flow is a map of properties, as in ${'id: hello'}`)
  return { source, document, root, starts, newline: source.includes('\r\n') ? '\r\n' : '\n' }
}

const unreadable = (starts: readonly number[], offset: number, what: string) => new UnreadableText(t`Line ${lineOf(starts, offset) + 1}: ${what}`)

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

/** A text below a `|` or `>`. */
export const isBlockText = (node: Node | undefined): boolean => node?.srcToken?.type === 'block-scalar'

const PASSED = new Set(['space', 'newline', 'comment', 'comma'])
const PROPS = new Set(['anchor', 'tag'])

/** The property or item of a collection that stands at an index. */
export const entryOf = (parent: Collection, index: number): Entry => (isSeq(parent) ? itemOf(parent, index) : propertyOf(parent, index))

function itemOf(parent: YAMLSeq, index: number): Entry {
  const { start: tokens = [] } = (parent.srcToken as CST.BlockSequence | CST.FlowCollection).items[index] ?? {}
  const value = valueIn(parent.items[index])
  const dash = tokens.findIndex(({ type }) => type === 'seq-item-ind')
  const first = tokens.find(({ type }) => !PASSED.has(type))?.offset ?? value?.range?.[0] ?? 0
  const mark = dash < 0 ? first : first + 1
  return { parent, index, start: first, mark, value, ...extent(tokens.slice(dash + 1), value, mark) }
}

function propertyOf(parent: YAMLMap, index: number): Entry {
  const pair = parent.items[index] as Pair & { srcToken: CST.CollectionItem }
  const { start: tokens, sep = [] } = pair.srcToken
  const [keyStart, keyEnd] = isNode(pair.key) && pair.key.range ? pair.key.range : ([0, 0] as const)
  const value = valueIn(pair.value)
  const colon = sep.findIndex(({ type }) => type === 'map-value-ind')
  const mark = colon < 0 ? keyEnd : (sep[colon]?.offset ?? 0) + 1
  const start = tokens.find(({ type }) => !PASSED.has(type))?.offset ?? keyStart
  return { parent, index, start, mark, value, ...extent(sep.slice(colon + 1), value, mark) }
}

/** A value of which nothing is written is none. */
export function valueIn<Kind>(node: Kind): (Kind & Node) | undefined {
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
export function endOf(node: Node): number {
  if (isBlock(node) && node.items.length > 0) return entryOf(node, node.items.length - 1).to
  const [, end] = node.range ?? [0, 0, 0]
  const token = node.srcToken
  if (token?.type !== 'block-scalar') return end
  // The newline behind the header is not in the token, so a text of blank lines alone ends before its first one.
  const blank = (keepsNewlines(node) ? /\r?\n$/ : /(?:\r?\n[ \t]*)+$/).exec(token.source)?.[0] ?? ''
  const isEmpty = token.source.trim() === '' && !keepsNewlines(node)
  return isEmpty ? endOfHeader(token) : end - blank.length
}

function endOfHeader({ props }: CST.BlockScalar): number {
  const last = props.findLast((one) => one.type === 'block-scalar-header' || one.type === 'comment')
  return last && 'source' in last ? last.offset + last.source.length : 0
}

/** Whether a value ends with a text below `|` or `>`: what stands further to the right below it would be a part of that. */
export const endsWithText = (node: Node | undefined): boolean => lastText(node) !== undefined

/** Whether blank lines that follow a value are a part of it: it ends with a text below `|+` or `>+`. */
export const keepsNewlines = (node: Node | undefined): boolean =>
  lastText(node)?.props.some((one) => one.type === 'block-scalar-header' && one.source.includes('+')) === true

function lastText(node: Node | undefined): CST.BlockScalar | undefined {
  if (isBlock(node) && node.items.length > 0) return lastText(entryOf(node, node.items.length - 1).value)
  return node?.srcToken?.type === 'block-scalar' ? node.srcToken : undefined
}

/** What a key reads, whatever it is written as. */
export function keyText(key: unknown): string {
  const value: unknown = isScalar(key) ? key.value : key
  return typeof value === 'symbol' ? (value.description ?? '') : String(value)
}

const MERGE = '<<'

/** The index of what a step leads to, -1 where there is nothing. */
export function indexOfStep(parent: Collection, step: string | number): number {
  if (isSeq(parent)) return typeof step === 'number' && step >= 0 && step < parent.items.length ? step : -1
  return parent.items.findLastIndex(({ key }) => keyText(key) === String(step))
}

/** What an alias stands for; anything else stands for itself. */
const meant = ({ document }: Reading, node: unknown): Node | undefined => (isAlias(node) ? node.resolve(document) : isNode(node) ? node : undefined)

/** What a path leads to, through aliases and merged maps too; null where it is a key alone. */
export function nodeAt(reading: Reading, path: Path): Node | null | undefined {
  let node: unknown = reading.root
  for (const step of path) {
    const parent = meant(reading, node)
    node = isCollection(parent) ? childOf(reading, parent, step) : undefined
  }
  return isNode(node) || node === null ? node : undefined
}

function childOf(reading: Reading, parent: Collection, step: string | number): unknown {
  const index = indexOfStep(parent, step)
  if (isSeq(parent)) return parent.items[index]
  if (index >= 0 || step === MERGE) return parent.items[index]?.value
  const merged = meant(reading, parent.items[indexOfStep(parent, MERGE)]?.value)
  for (const one of isSeq(merged) ? merged.items : [merged]) {
    const map = meant(reading, one)
    const found = isMap(map) ? childOf(reading, map, step) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** The entry that a path leads to where it stands itself, not through an alias or a merged map. */
export function entryAt(reading: Reading, path: Path): Entry | undefined {
  let entry: Entry | undefined
  let node: Node | undefined = reading.root
  for (const step of path) {
    const index: number = isCollection(node) ? indexOfStep(node, step) : -1
    if (!isCollection(node) || index < 0) return undefined
    entry = entryOf(node, index)
    node = entry.value
  }
  return entry
}

/** Whether braces or brackets are around what stands at a path. */
export function isInFlow(reading: Reading, path: Path): boolean {
  let node: Node | undefined = reading.root
  for (const step of path) {
    if (!isCollection(node)) return false
    if (node.flow) return true
    const index: number = indexOfStep(node, step)
    node = index < 0 ? undefined : entryOf(node, index).value
  }
  return false
}
