/** Two things in each other's places. */

import { isSeq } from 'yaml'
import { firstLineOf, isInline, lastLineOf } from './extents'
import { columnOf, endOfLine, isInFlow, keepsNewlines, startOfLine, type Entry, type Path, type Reading, type Splice } from './reading'
import { replacement } from './replacing'
import { shifted } from './writing'

export interface Place {
  path: Path
  entry: Entry
  /** Its YAML as if it stood alone. */
  text: string
}

/** Two things in each other's places. Items of lists take the comments above and behind them along. */
export function exchanged(reading: Reading, one: Place, other: Place): Splice[] {
  if (isOwnLines(reading, one) && isOwnLines(reading, other)) return [moved(reading, other.entry, one.entry), moved(reading, one.entry, other.entry)]
  return [replacement(reading, one.path, one.entry, other.text), replacement(reading, other.path, other.entry, one.text)]
}

/** An item whose lines are nothing else's. What keeps newlines would take in those behind its new place. */
const isOwnLines = (reading: Reading, { path, entry }: Place): boolean =>
  isSeq(entry.parent) && !isInFlow(reading, path) && !isInline(reading, entry) && !keepsNewlines(entry.value)

function moved(reading: Reading, from: Entry, to: Entry): Splice {
  const [start, end] = linesOf(reading, from)
  const lines = shifted(reading.source.slice(start, end).split(reading.newline), columnOf(reading, to.start) - columnOf(reading, from.start))
  const [at, past] = linesOf(reading, to)
  return { from: at, to: past, text: lines.join(reading.newline) }
}

const linesOf = (reading: Reading, entry: Entry): [number, number] => [
  startOfLine(reading, firstLineOf(reading, entry)),
  endOfLine(reading, lastLineOf(reading, entry)),
]
