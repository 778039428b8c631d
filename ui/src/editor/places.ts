/** Where in a flow a cursor stands. */

import { isMap, isNode, isScalar, isSeq, parseDocument, type Node, type YAMLMap, type YAMLSeq } from 'yaml'

/** Counted from one, as editors do. */
export interface Cursor {
  line: number
  column: number
}

/** An item of a list: after which line another one may follow, and how far its dash is indented. */
export interface Item {
  lastLine: number
  indent: number
}

/** One of the maps that are around a cursor. */
export interface Frame {
  type?: string
  /** The property that the cursor is in; without, it stands between them. */
  property?: string
  item?: Item
}

/** What is known of a text. Half a line does not hinder: as much as can be read is. */
export interface Written {
  source: string
  lines: readonly string[]
  root: unknown
}

export function readWritten(source: string): Written {
  return { source, lines: source.split('\n'), root: parseDocument(source, { logLevel: 'silent', strict: false, uniqueKeys: false }).contents }
}

/** The maps around a cursor, the flow first. */
export function framesAt(written: Written, cursor: Cursor): Frame[] {
  return framesIn(written.root, pointAt(written, cursor), written, undefined)
}

/** A task, trigger, condition or task runner: what a plugin does. */
export interface Owner {
  type: string
  /** The property that the cursor is in, and those within it. */
  path: string[]
  item: Item | undefined
}

export const isPlugin = (type: string | undefined): type is string => type !== undefined && /^\w+(?:\.\w+)+$/.test(type)

/** The innermost of them that the cursor is in. */
export function ownerOf(frames: readonly Frame[]): Owner | undefined {
  const at = frames.findLastIndex(({ type }) => isPlugin(type))
  const frame = frames[at]
  return frame && { type: frame.type as string, path: frames.slice(at).flatMap(({ property }) => property ?? []), item: frame.item }
}

interface Point {
  offset: number
  line: number
  /** How far what stands in the line is indented; in an empty line, the cursor. */
  indent: number
}

const BEFORE_CONTENT = /^\s*(?:-(?:\s+|$))*/

function pointAt({ lines }: Written, { line, column }: Cursor): Point {
  const text = lines[line - 1] ?? ''
  const start = lines.slice(0, line - 1).reduce((sum, before) => sum + before.length + 1, 0)
  const content = BEFORE_CONTENT.exec(text)?.[0].length ?? 0
  const indent = text.trim() === '' ? column - 1 : content
  return { offset: start + Math.min(Math.max(column - 1, indent), text.length), line, indent }
}

const startOf = (node: unknown) => (isNode(node) && node.range ? node.range[0] : Infinity)

function placeOf(source: string, offset: number): { line: number; indent: number } {
  const before = source.slice(0, offset)
  return { line: before.split('\n').length, indent: offset - (before.lastIndexOf('\n') + 1) }
}

function framesIn(node: unknown, point: Point, written: Written, item: Item | undefined): Frame[] {
  if (isSeq(node)) {
    const inner = node.items.findLast((one) => startOf(one) <= point.offset)
    return framesIn(inner, point, written, isNode(inner) ? itemOf(node, inner, written) : undefined)
  }
  if (!isMap(node)) return []
  const map = placeOf(written.source, startOf(node.items[0]?.key))
  if (!node.flow && map.indent > point.indent) return []
  const pair = node.items.findLast(({ key }) => startOf(key) <= point.offset)
  const isWithin = pair && (node.flow || map.indent < point.indent || placeOf(written.source, startOf(pair.key)).line === point.line)
  const type = typeIn(node)
  const property = isWithin && isScalar(pair.key) ? String(pair.key.value) : undefined
  const frame: Frame = { ...(type === undefined ? {} : { type }), ...(property === undefined ? {} : { property }), ...(item ? { item } : {}) }
  return [frame, ...(isWithin ? framesIn(pair.value, point, written, undefined) : [])]
}

function typeIn(map: YAMLMap): string | undefined {
  const type: unknown = map.get('type')
  return typeof type === 'string' ? type : undefined
}

function itemOf(list: YAMLSeq, item: Node, { source, lines }: Written): Item | undefined {
  if (list.flow || !item.range) return undefined
  const first = lines[placeOf(source, item.range[0]).line - 1] ?? ''
  return { lastLine: placeOf(source, source.slice(0, item.range[1]).trimEnd().length).line, indent: first.search(/\S/) }
}
