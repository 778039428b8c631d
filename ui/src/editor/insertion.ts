import { item } from '../plugins/insert'
import type { Item } from './places'

/** Text that is to stand below a line. */
export interface Insertion {
  line: number
  text: string
}

/** An example as another item of the list, behind the one that the cursor is in; its id is one that the text does not have yet. */
export function insertionOf(source: string, { lastLine, indent }: Item, example: string): Insertion {
  return { line: lastLine, text: item(withFreshId(source, example), indent) }
}

/** A whole flow is nothing to put into another one. */
export const isInsertable = (example: string) => !/^tasks:/m.test(example)

const ID = /^id:[ \t]*["']?([\w.-]+)["']?[ \t]*$/m

function withFreshId(source: string, example: string): string {
  const id = ID.exec(example)?.[1]
  if (!id) return example
  const taken = new Set([...source.matchAll(/\bid:[ \t]*["']?([\w.-]+)/g)].map((found) => found[1]))
  let fresh = id
  for (let count = 2; taken.has(fresh); count += 1) fresh = `${id}_${count}`
  return example.replace(ID, `id: ${fresh}`)
}
