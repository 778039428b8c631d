import { useEffect, useState } from 'react'

/** A part of the pages that is fetched once, when it is first asked for. */
export interface Fetched<T> {
  /** What was fetched; undefined before. */
  now: () => T | undefined
  /** Fetches it, unless that was or is being done; what fails is tried again the next time. */
  fetch: () => Promise<T>
}

export function fetchedOnce<T>(load: () => Promise<T>): Fetched<T> {
  let known: T | undefined
  let coming: Promise<T> | undefined
  const start = async () => {
    try {
      known = await load()
      return known
    } catch (error) {
      coming = undefined
      throw error
    }
  }
  return { now: () => known, fetch: () => (coming ??= start()) }
}

/**
 * What is to be drawn: at once when it is there, else as soon as it has come.
 *
 * React holds back what comes behind a `Suspense` that has shown its fallback for a third of a second.
 */
export function useFetched<T>(source: Fetched<T>): T | undefined {
  const [{ known, failure }, set] = useState<{ known?: T | undefined; failure?: unknown }>(() => ({ known: source.now() }))
  useEffect(() => {
    if (known !== undefined) return
    let isCurrent = true
    source.fetch().then(
      (came) => isCurrent && set({ known: came }),
      (error: unknown) => isCurrent && set({ failure: error }),
    )
    return () => {
      isCurrent = false
    }
  }, [known, source])
  if (failure !== undefined) throw failure
  return known
}

const FIRST_MS = 100
const AT_LAST_MS = 4000

/** Does something when the page has been drawn and has nothing else to do, at last after some seconds; gives what calls it off. */
export function whenIdle(act: () => void): () => void {
  let idle: number | undefined
  const timer = setTimeout(() => {
    // Not every browser tells when it is idle.
    if (typeof requestIdleCallback === 'function') idle = requestIdleCallback(act, { timeout: AT_LAST_MS })
    else act()
  }, FIRST_MS)
  return () => {
    clearTimeout(timer)
    if (idle !== undefined) cancelIdleCallback(idle)
  }
}
