/** What stands at a path of a flow's text. */

import type { Node } from 'yaml'
import { chunksOf, type Chunks } from './chunks'
import { pathIn } from './cursor'
import { columnOfValue, extentOf } from './extents'
import { entryAt, keepsNewlines, lineOf, nodeAt, parsed, type Path, type Reading } from './reading'
import { viewAround, viewOf } from './view'
import { shifted, told, written } from './writing'

/** The plain value at a path, undefined where there is nothing. Not to be changed: parts of it are given to others, too. */
export function valueAt(source: string, path: Path): unknown {
  const chunks = path.length < 2 ? chunksOf(source) : undefined
  if (chunks && (path.length === 0 || path[0] === chunks.key)) return valueInChunks(chunks, path) ?? valueIn(source, path)
  return valueIn(source, path)
}

function valueIn(source: string, path: Path): unknown {
  const { reading, local } = viewOf(source, [path])
  const node = nodeAt(reading, local(path))
  return node ? plain(reading, node) : path.length === 0 ? {} : node
}

function plain({ document }: Reading, node: Node): unknown {
  try {
    return node.toJS(document)
  } catch (error) {
    throw told(error)
  }
}

let known = new Map<string, unknown>()

/** The value of a large flow or its longest list, of which only those items are read that were not there before. */
function valueInChunks({ source, key, bounds }: Chunks, path: Path): unknown {
  const { reading } = viewOf(source, [['']])
  const texts = bounds.slice(0, -1).map((bound, index) => source.slice(bound, bounds[index + 1]))
  const now = new Map<string, unknown>()
  for (const text of texts) {
    const item = known.has(text) ? known.get(text) : itemIn(text)
    if (item === undefined) return undefined
    now.set(text, item)
  }
  known = now
  const items = texts.map((text) => now.get(text))
  return path.length === 1 ? items : { ...(reading.root ? (plain(reading, reading.root) as Record<string, unknown>) : {}), [key]: items }
}

function itemIn(text: string): unknown {
  const document = parsed(text)
  const items: unknown = document.errors.length > 0 ? undefined : document.toJS()
  return Array.isArray(items) && items.length === 1 ? items[0] : undefined
}

/** The YAML at a path as if it stood alone; empty where there is nothing. */
export function textAt(source: string, path: Path): string {
  if (path.length === 0) return source
  const { reading, local } = viewOf(source, [path])
  const entry = entryAt(reading, local(path))
  if (!entry) {
    const value = valueAt(source, path)
    return value === undefined ? '' : written(value)
  }
  const { from, to } = extentOf(reading, entry)
  const [first = '', ...more] = reading.source.slice(from, to).replaceAll('\r\n', '\n').split('\n')
  const last = keepsNewlines(entry.value) && to < reading.source.length ? [''] : []
  return [first, ...shifted(more, -columnOfValue(reading, entry)), ...last].join('\n')
}

/** The line, counted from one, in which a property or an item begins; of what an alias stands for, the alias's. */
export function lineAt(source: string, path: Path): number | undefined {
  const { reading, local, offset } = viewOf(source, [path])
  const entry = entryAt(reading, local(path))
  if (entry) return lineAtOffset(source, offset(entry.start))
  if (path.length === 0) return lineAtOffset(source, offset(reading.root?.range?.[0] ?? 0))
  return nodeAt(reading, local(path)) === undefined ? undefined : lineAt(source, path.slice(0, -1))
}

function lineAtOffset(source: string, offset: number): number {
  let line = 1
  for (let at = source.indexOf('\n'); at >= 0 && at < offset; at = source.indexOf('\n', at + 1)) line++
  return line
}

/** The innermost thing that a cursor, counted from one, is in. */
export function pathAt(source: string, { line, column }: { line: number; column: number }): Path {
  let start = 0
  for (let before = 1; before < line; before++) start = source.indexOf('\n', start) + 1 || source.length
  const { reading, inside, whole } = viewAround(source, start)
  return whole(pathIn(reading, { line: lineOf(reading.starts, inside(start)) + 1, column }))
}
