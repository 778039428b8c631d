import { useCallback, useEffect, useRef, type RefObject } from 'react'
import type { Marked, PagedLog, Step } from '../api/logPages'
import type { Shown } from './LogLines'

interface MarkedLine {
  /** To the next line of a level from the marked one, if that is in sight, else from what is; behind the last comes the first. */
  jump: (level: Marked, step: Step) => Promise<void>
  pick: (row: number) => void
}

interface Options {
  log: PagedLog
  /** The lines, where they are shown one after the other. */
  shown: RefObject<Shown | null>
  isShown: boolean
  /** The place of the marked line; empty for none. */
  marked: string
  mark: (place: string) => void
}

/** Marks lines of a log, and scrolls to the one that was marked elsewhere. */
export function useMarkedLine({ log, shown, isShown, marked, mark }: Options): MarkedLine {
  const { isLoading, total, entryAt, rowAt, rowWith } = log
  const last = useRef({ place: '', row: -1 })
  const scrolledTo = useRef('')
  useEffect(() => {
    if (!isShown) scrolledTo.current = ''
    if (!isShown || !marked || isLoading || scrolledTo.current === marked) return
    let isCurrent = true
    void rowAt(marked).then((row) => {
      if (!isCurrent || row === undefined) return
      scrolledTo.current = marked
      last.current = { place: marked, row }
      shown.current?.goTo(row)
    })
    return () => {
      isCurrent = false
    }
  }, [marked, isShown, isLoading, rowAt, shown])
  const pick = useCallback(
    (row: number) => {
      const place = entryAt(row)?.place
      if (place === undefined) return
      last.current = { place, row }
      scrolledTo.current = place
      mark(place)
    },
    [entryAt, mark],
  )
  const jump = async (level: Marked, step: Step) => {
    const [top, bottom] = shown.current?.inSight() ?? [0, total - 1]
    const { place, row } = last.current
    const isInSight = row >= top && row <= bottom && entryAt(row)?.place === place
    const from = isInSight ? row : step > 0 ? top - 1 : bottom + 1
    const found = (await rowWith(level, from, step)) ?? (await rowWith(level, step > 0 ? -1 : total, step))
    if (found === undefined) return
    pick(found)
    shown.current?.goTo(found)
  }
  return { jump, pick }
}
