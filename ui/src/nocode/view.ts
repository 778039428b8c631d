/** What of a flow is read for an edit: all of a small one, what is near to the edit of a large one. */

import { isMap } from 'yaml'
import { chunksOf, type Chunks } from './chunks'
import { entryAt, isBlock, readingOf, UnreadableText, type Path, type Reading, type Splice } from './reading'

/** A part of a flow that is a flow itself, with some items of its longest list left out. */
export interface View {
  reading: Reading
  /** A path of the flow as it is in the part, and back. */
  local: (path: Path) => Path
  whole: (path: Path) => Path
  /** Where a place of the part is in the flow, and back. */
  offset: (local: number) => number
  inside: (offset: number) => number
}

/** A flow in which everything at some paths, and as many items around them as asked for, is as in the whole. */
export function viewOf(source: string, paths: readonly Path[], around = 0, least?: number): View {
  const chunks = chunksOf(source, least)
  const isWhole = !chunks || paths.some((path) => path.length === 0 || (path.length === 1 && path[0] === chunks.key))
  return (isWhole ? undefined : partOf(source, chunks, keptOf(chunks, paths, around))) ?? wholeOf(source)
}

const wholeOf = (source: string): View => ({ reading: readingOf(source), local: (path) => path, whole: (path) => path, offset: (local) => local, inside: (offset) => offset })

/** A flow in which everything around an offset is as in the whole: between two items one is in the list, so both must be there. */
export function viewAround(source: string, offset: number, least?: number): View {
  const chunks = chunksOf(source, least)
  const index = chunks ? chunks.bounds.findLastIndex((bound) => bound <= offset) : -1
  return viewOf(source, [chunks && index >= 0 && index < chunks.bounds.length - 1 ? [chunks.key, index] : ['']], 1, least)
}

/** Which items are needed. The last one is where what is added below the list would be. */
function keptOf({ key, bounds }: Chunks, paths: readonly Path[], around: number): number[] {
  const count = bounds.length - 1
  const kept = new Set<number>()
  for (const [name, index] of paths) {
    const middle = name === key && typeof index === 'number' ? Math.max(0, Math.min(index, count)) : count
    const reach = middle === count ? Math.max(1, around) : around
    for (let near = Math.max(0, middle - reach); near <= Math.min(middle + reach, count - 1); near++) kept.add(near)
  }
  return [...kept].toSorted((one, other) => one - other)
}

function partOf(source: string, chunks: Chunks, kept: readonly number[]): View | undefined {
  const { key, bounds } = chunks
  const count = bounds.length - 1
  const pieces = [[0, bounds[0]], ...kept.map((index) => [bounds[index], bounds[index + 1]]), [bounds[count], source.length]] as [number, number][]
  const reading = readList(pieces.map(([from, to]) => source.slice(from, to)).join(''), key, kept.length)
  if (!reading) return undefined
  const past = (index: number) => kept.filter((one) => one < index).length
  const moved = ([name, index, ...rest]: Path, by: (index: number) => number): Path => (name === key && typeof index === 'number' ? [name, by(index), ...rest] : [name ?? '', ...(index === undefined ? [] : [index]), ...rest])
  return {
    reading,
    local: (path) => (path.length < 2 ? path : moved(path, (index) => (index >= count ? kept.length : past(index)))),
    whole: (path) => (path.length < 2 ? path : moved(path, (index) => kept[index] ?? index)),
    offset: (local) => offsetIn(pieces, local),
    inside: (offset) => pieces.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(offset, to) - from), 0),
  }
}

/** Where a dash was no dash of the list, all is read. */
function readList(part: string, key: string, count: number): Reading | undefined {
  try {
    const reading = readingOf(part)
    const list = entryAt(reading, [key])?.value
    return isBlock(list) && !isMap(list) && list.items.length === count ? reading : undefined
  } catch (error) {
    if (error instanceof UnreadableText) return undefined
    throw error
  }
}

function offsetIn(pieces: readonly [number, number][], local: number): number {
  let before = 0
  for (const [from, to] of pieces) {
    if (local < before + to - from) return from + local - before
    before += to - from
  }
  const [, end] = pieces.at(-1) ?? [0, 0]
  return end + local - before
}

/** What is replaced in the part, as it is replaced in the flow. */
export function inWhole({ offset }: View, splices: readonly Splice[]): Splice[] {
  return splices.map(({ from, to, text }) => ({ from: offset(from), to: to > from ? offset(to - 1) + 1 : offset(from), text }))
}
