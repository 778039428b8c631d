import type { ComponentType } from 'react'
import { useFetched, type Fetched } from '../executions/later'

interface Props<T extends object> {
  source: Fetched<{ default: ComponentType<T> }>
  /** What is said meanwhile. */
  waiting: string
  /** What it is drawn of. */
  of: T
}

/** A part of a page that is fetched when it is first drawn, and drawn as soon as it has come. */
export function Late<T extends object>({ source, waiting, of }: Props<T>) {
  const Part = useFetched(source)?.default
  return Part ? <Part {...of} /> : <p aria-busy>{waiting}</p>
}
