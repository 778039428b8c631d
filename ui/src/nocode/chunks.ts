/** The items of a large flow's longest list, told apart by their dashes alone: most edits touch one of them and need not read the others. */

/** Offsets count UTF-16 units from zero. */
export interface Chunks {
  source: string
  /** The property of the flow that the list is. */
  key: string
  /** Where items begin; the last one is where the text behind the list begins. */
  bounds: readonly number[]
}

interface Section {
  key: string
  starts: number[]
  end: number
}

const LEAST = 20_000
const KEY = /^(?:"([^"\\]+)"|'([^']+)'|([\w.-]+)):[ \t]*(#.*)?$/
const PAIR = /^(?:"[^"\\]+"|'[^']+'|[\w.-]+):(?:[ \t]|$)/
/** What stands for an anchor. */
export const ALIAS = /(?:^|[\s,[{])\*[^\s,*\]}]/

let last: { source: string; chunks: Chunks | undefined } | undefined

/** The items of a flow's longest list; none where the flow is small, or written in ways that take a closer look. */
export function chunksOf(source: string, least = LEAST): Chunks | undefined {
  if (source.length < least) return undefined
  if (last?.source !== source) last = { source, chunks: ALIAS.test(source) ? undefined : cut(source) }
  return last.chunks
}

function cut(source: string): Chunks | undefined {
  const sections = sectionsIn(source)
  const longest = sections?.filter(({ starts }) => starts.length > 0).toSorted((one, other) => lengthOf(other) - lengthOf(one))[0]
  if (!longest || sections?.filter(({ key }) => key === longest.key).length !== 1) return undefined
  return { source, key: longest.key, bounds: [...longest.starts, longest.end] }
}

const lengthOf = ({ starts, end }: Section) => end - (starts[0] ?? end)

/** The lists among a flow's properties. */
function sectionsIn(source: string): Section[] | undefined {
  const sections: Section[] = []
  let open: Section | undefined
  let dash: number | undefined
  for (let at = 0; at < source.length; ) {
    const next = source.indexOf('\n', at)
    const end = next < 0 ? source.length : next
    let first = at
    while (source[first] === ' ') first++
    const isEmpty = first >= end || source[first] === '\r' || source[first] === '#'
    const isDash = source[first] === '-' && /^[\s]?$/.test(source.charAt(first + 1))
    const column = first - at
    if (isEmpty) {
      // Belongs to what is above it.
    } else if (open && isDash && column === (dash ?? column)) {
      dash = column
      open.starts.push(at)
    } else if (column > (dash ?? 0)) {
      if (open && dash === undefined) open = undefined
    } else if (column > 0) {
      return undefined
    } else {
      const line = source.slice(at, end).trimEnd()
      if (!PAIR.test(line)) return undefined
      if (open) open.end = at
      const found = KEY.exec(line)
      open = found ? { key: found[1] ?? found[2] ?? found[3] ?? '', starts: [], end: source.length } : undefined
      dash = undefined
      if (open) sections.push(open)
    }
    at = end + 1
  }
  return sections
}
