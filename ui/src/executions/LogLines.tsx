import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useImperativeHandle, useRef, type MouseEvent, type Ref } from 'react'
import type { PagedLog } from '../api/logPages'
import type { TaskRun } from '../api/types'
import { t } from '../language'
import { LogLine } from './LogLine'
import { nameOf } from './tree'

export const LINE_PX = 24

export type RunsById = ReadonlyMap<string, TaskRun>

export function nameIn(runs: RunsById, id = ''): string | undefined {
  const run = runs.get(id)
  return run && nameOf(run)
}

/** What can be done with the lines from outside. */
export interface Shown {
  goTo: (row: number) => void
  /** The first and the last row that are in sight. */
  inSight: () => [number, number]
}

interface Props {
  log: PagedLog
  runs: RunsById
  text: string
  follows: boolean
  onScrollUp: () => void
  showsTask: boolean
  /** The place of the line that is marked. */
  marked: string
  /** The address of this log with the line at a place marked. */
  linkTo: (place: string) => string
  onPick: (row: number) => void
  /** In pixels; by default it is as high as there is room. */
  height?: number
  door?: Ref<Shown>
}

/** The lines of a log of which those in sight are drawn. */
export function LogLines({ log: { total, entryAt, want }, runs, text, follows, onScrollUp, showsTask, marked, linkTo, onPick, height, door }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
    initialRect: { width: 900, height: 600 },
  })
  const items = virtual.getVirtualItems()
  const [first, last] = [items[0]?.index, items.at(-1)?.index]
  useEffect(() => {
    if (first !== undefined && last !== undefined) want(first, last)
  }, [first, last, want])
  useEffect(() => {
    if (follows && total) virtual.scrollToIndex(total - 1, { align: 'end' })
  }, [follows, total, virtual])
  useImperativeHandle(door, () => ({
    goTo: (row) => {
      box.current?.scrollIntoView({ block: 'nearest' })
      virtual.scrollToIndex(row, { align: 'center' })
    },
    inSight: () => {
      const top = virtual.scrollOffset ?? 0
      const seen = virtual.getVirtualItems().filter(({ start, end }) => end > top && start < top + (box.current?.clientHeight ?? 0))
      return [seen[0]?.index ?? 0, seen.at(-1)?.index ?? 0]
    },
  }), [virtual])
  const pick = (event: MouseEvent) => {
    const link = (event.target as Element).closest('a.log-at')
    // Opened aside, or copied, it is a link like any other.
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    onPick(Number(link.closest<HTMLElement>('[data-index]')?.dataset.index))
  }
  if (!total) return null
  return (
    <div
      className="panel log-lines" ref={box} role="log" aria-live="off" tabIndex={0} aria-label={t`Log lines`} {...(height === undefined ? {} : { style: { height } })}
      onWheel={(event) => event.deltaY < 0 && onScrollUp()} onClick={pick}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const entry = entryAt(item.index)
          return (
            <div key={item.index} data-index={item.index} ref={virtual.measureElement} className="log-place" style={{ transform: `translateY(${item.start}px)` }}>
              {entry ? (
                <LogLine
                  entry={entry} search={text} task={showsTask ? (nameIn(runs, entry.taskRunId) ?? entry.taskId) : undefined}
                  link={linkTo(entry.place)} isMarked={entry.place === marked}
                />
              ) : (
                <div className="log-line log-coming" aria-hidden>…</div>
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}
