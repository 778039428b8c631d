import { Group, Text, UnstyledButton } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState, type CSSProperties } from 'react'
import type { Execution } from '../api/types'
import { Duration, lasted } from '../parts/Duration'
import { fullMoment, readable } from '../parts/durations'
import { useNow } from '../parts/useNow'
import { SIGNS } from '../parts/states'
import { LogView } from './LogView'
import { RunBar } from './RunBar'
import { nameOf, rowsOf, segmentsOf, ticksOf, type Row } from './tree'
import './gantt.css'

const ROW_PX = 30
const MIN_SPAN_MS = 1
/** The column of names is as wide as the longest of the first rows, in characters, up to half of the whole. */
const MIN_NAME = 12
const NAME_EXTRA = 6
/** Longer names leave room for fewer words on the axis. */
const MEDIUM_NAME = 24
const FEW_TICKS = 3
const MOST_TICKS = 5
const MEASURED_ROWS = 500

interface Scale {
  start: number
  span: number
  now: number
}

/** Task runs on one axis, with the log of the chosen one beside them. */
export function Gantt({ execution, isLive }: { execution: Execution; isLive: boolean }) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [chosen, setChosen] = useState<string>()
  const now = useNow(isLive)
  const chosenRun = useMemo(() => chosen && execution.taskRunList?.find(({ id }) => id === chosen), [execution.taskRunList, chosen]) || undefined
  const rows = useMemo(() => rowsOf(execution.taskRunList ?? [], folded), [execution.taskRunList, folded])
  const scale: Scale = {
    start: Date.parse(execution.state.startDate),
    span: Math.max(MIN_SPAN_MS, lasted(execution.state, now)),
    now: now.getTime(),
  }
  const longest = useMemo(() => Math.max(MIN_NAME, ...rows.slice(0, MEASURED_ROWS).map((row) => nameOf(row.run).length + row.depth * 2)), [rows])
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    initialRect: { width: 900, height: 600 },
  })
  const fold = (id: string) => {
    const next = new Set(folded)
    if (!next.delete(id)) next.add(id)
    setFolded(next)
  }
  return (
    <div className="split">
      <div className="panel gantt" ref={box} style={{ '--name': `${longest + NAME_EXTRA}ch` } as CSSProperties} role="region" tabIndex={0} aria-label="Task runs over time">
        <Axis span={scale.span} ticks={longest > MEDIUM_NAME ? FEW_TICKS : MOST_TICKS} />
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index]
            return row ? (
              <GanttRow
                key={row.run.id} row={row} top={item.start} scale={scale} isFolded={folded.has(row.run.id)} isChosen={chosen === row.run.id}
                onFold={() => fold(row.run.id)} onChoose={() => setChosen(chosen === row.run.id ? undefined : row.run.id)}
              />
            ) : null
          })}
        </div>
        {rows.length === 0 && <Text c="dimmed" p="md">No task has begun yet.</Text>}
      </div>
      <div className="gantt-side">
        {chosenRun && <RunBar execution={execution} run={chosenRun} />}
        <LogView
          executionId={execution.id} isLive={isLive} runs={execution.taskRunList ?? []} height="auto"
          {...(chosenRun ? { taskRunId: chosenRun.id } : {})}
        />
      </div>
    </div>
  )
}

function Axis({ span, ticks }: { span: number; ticks: number }) {
  return (
    <div className="gantt-row gantt-axis" aria-hidden>
      <span>Total {readable(span)}</span>
      <span className="gantt-track">
        {ticksOf(span, ticks).map((tick) => (
          <span key={tick} className="gantt-tick" style={{ left: `${(tick / span) * 100}%` }}>
            {tick === 0 ? '0' : readable(tick)}
          </span>
        ))}
      </span>
      <span />
    </div>
  )
}

interface RowProps {
  row: Row
  top: number
  scale: Scale
  isFolded: boolean
  isChosen: boolean
  onFold: () => void
  onChoose: () => void
}

function GanttRow({ row: { run, depth, children }, top, scale, isFolded, isChosen, onFold, onChoose }: RowProps) {
  const name = nameOf(run)
  const attempts = run.attempts?.length ?? 0
  return (
    <div className="gantt-row" style={{ transform: `translateY(${top}px)` }} data-state={run.state.current} data-chosen={isChosen || undefined}>
      <Group gap={4} wrap="nowrap" pl={depth * 14} miw={0}>
        {children > 0 ? (
          <UnstyledButton className="gantt-fold" onClick={onFold} aria-expanded={!isFolded} aria-label={`${isFolded ? 'Unfold' : 'Fold'} ${name}`}>
            {isFolded ? '▸' : '▾'}
          </UnstyledButton>
        ) : (
          <span className="gantt-fold" />
        )}
        <UnstyledButton className="cut" fz="sm" onClick={onChoose} aria-pressed={isChosen} title={`${name}: ${run.state.current}`}>
          <span className="gantt-sign" aria-label={run.state.current} role="img">{SIGNS[run.state.current] ?? '•'}</span> {name}
          {isFolded && <Text span size="xs" c="dimmed"> ({children})</Text>}
        </UnstyledButton>
      </Group>
      <span className="gantt-track">
        {segmentsOf(run, scale.now).map((bar) => (
          <span
            key={bar.attempt} className="gantt-bar" data-state={bar.state}
            title={`${attempts > 1 ? `attempt ${bar.attempt}: ` : ''}${bar.state}, ${readable(bar.to - bar.from)}, from ${fullMoment(new Date(bar.from).toISOString())}`}
            style={{ left: `${at(bar.from, scale)}%`, width: `max(3px, ${((bar.to - bar.from) / scale.span) * 100}%)` }}
          />
        ))}
      </span>
      <Text span size="xs" ta="right" c="dimmed">
        {attempts > 1 && `${attempts}× `}
        <Duration state={run.state} />
      </Text>
    </div>
  )
}

const at = (moment: number, { start, span }: Scale) => Math.min(99.5, Math.max(0, ((moment - start) / span) * 100))
