import { Text } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useCallback, useDeferredValue, useMemo, useRef, useState, type CSSProperties } from 'react'
import type { Execution, TaskRun } from '../api/types'
import { t } from '../language'
import { lasted } from '../parts/Duration'
import { fullMoment, readable } from '../parts/durations'
import { useNow } from '../parts/useNow'
import { SIGNS } from '../parts/states'
import { LogView } from './LogView'
import { RunBar } from './RunBar'
import { nameOf, rowsIn, segmentsOf, ticksOf, treeOf, type Segment } from './tree'
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
/** Bars that go on move while they are few: each that moves is painted sixty times a second. */
const MOVING_ROWS = 40
const NONE: readonly TaskRun[] = []

interface Scale {
  start: number
  span: number
  now: number
}

interface Props {
  execution: Execution
  /** Its task runs, not necessarily in their latest states. */
  standing: readonly TaskRun[]
  isLive: boolean
}

/** Task runs on one axis, with the log of the chosen one beside them. */
export function Gantt({ execution, standing, isLive }: Props) {
  const [chosen, setChosen] = useState<string>()
  const runs = execution.taskRunList ?? NONE
  const chosenRun = useMemo(() => (chosen === undefined ? undefined : runs.find(({ id }) => id === chosen)), [runs, chosen])
  const choose = useCallback((id: string) => setChosen((before) => (before === id ? undefined : id)), [])
  return (
    <div className="split">
      <Chart execution={execution} standing={standing} isLive={isLive} chosen={chosen} onChoose={choose} />
      <div className="gantt-side">
        {chosenRun && <RunBar execution={execution} run={chosenRun} />}
        <LogView executionId={execution.id} isLive={isLive} runs={standing} height="auto" {...(chosenRun ? { taskRunId: chosenRun.id } : {})} />
      </div>
    </div>
  )
}

interface ChartProps extends Props {
  chosen: string | undefined
  onChoose: (id: string) => void
}

/** Apart from the log: scrolling and the clock draw nothing but rows. */
const Chart = memo(function Chart({ execution: { taskRunList, state }, standing, isLive, chosen, onChoose }: ChartProps) {
  const runs = taskRunList ?? NONE
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const now = useNow(isLive)
  const tree = useMemo(() => treeOf(standing), [standing])
  const rows = useMemo(() => rowsIn(standing, tree, folded), [standing, tree, folded])
  const start = Date.parse(state.startDate)
  const span = Math.max(MIN_SPAN_MS, lasted(state, now))
  // Rows are drawn again when the axis moves: it stands still once the execution is over.
  const scale = useDeferredValue(useMemo((): Scale => ({ start, span, now: start + span }), [start, span]))
  const longest = useMemo(() => {
    const lengths = rows.slice(0, MEASURED_ROWS).map(({ place, depth }) => nameOf(standing[place] as TaskRun).length + depth * 2)
    return Math.max(MIN_NAME, ...lengths)
  }, [rows, standing])
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    initialRect: { width: 900, height: 600 },
  })
  const fold = useCallback((id: string) => {
    setFolded((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }, [])
  return (
    <div className="panel gantt" ref={box} data-many={rows.length > MOVING_ROWS || undefined} style={{ '--name': `${longest + NAME_EXTRA}ch` } as CSSProperties} role="region" tabIndex={0} aria-label={t`Task runs over time`}>
      <Axis span={scale.span} ticks={longest > MEDIUM_NAME ? FEW_TICKS : MOST_TICKS} />
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]
          const run = row && runs[row.place]
          return run ? (
            <GanttRow
              key={run.id} run={run} depth={row.depth} below={row.children} top={item.start} scale={scale}
              isFolded={folded.has(run.id)} isChosen={chosen === run.id} onFold={fold} onChoose={onChoose}
            />
          ) : null
        })}
      </div>
      {rows.length === 0 && <Text c="dimmed" p="md">{t`No task has begun yet.`}</Text>}
    </div>
  )
})

function Axis({ span, ticks }: { span: number; ticks: number }) {
  return (
    <div className="gantt-row gantt-axis" aria-hidden>
      <span>{t`Total ${readable(span)}`}</span>
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
  run: TaskRun
  depth: number
  below: number
  top: number
  scale: Scale
  isFolded: boolean
  isChosen: boolean
  onFold: (id: string) => void
  onChoose: (id: string) => void
}

/** Plain elements, drawn again only when something of this row differs: scrolling makes some twenty a frame. */
const GanttRow = memo(function GanttRow({ run, depth, below, top, scale, isFolded, isChosen, onFold, onChoose }: RowProps) {
  const name = nameOf(run)
  const attempts = run.attempts?.length ?? 0
  return (
    <div className="gantt-row" style={{ transform: `translateY(${top}px)` }} data-state={run.state.current} data-chosen={isChosen || undefined}>
      <div className="gantt-name" style={{ paddingLeft: depth * 14 }}>
        {below > 0 ? (
          <button type="button" className="gantt-fold" onClick={() => onFold(run.id)} aria-expanded={!isFolded} aria-label={isFolded ? t`Unfold ${name}` : t`Fold ${name}`}>
            {isFolded ? '▸' : '▾'}
          </button>
        ) : (
          <span className="gantt-fold" />
        )}
        <button type="button" className="cut" onClick={() => onChoose(run.id)} aria-pressed={isChosen} title={`${name}: ${run.state.current}`}>
          <span className="gantt-sign" aria-label={run.state.current} role="img">{SIGNS[run.state.current] ?? '•'}</span> {name}
          {isFolded && <span className="gantt-count"> ({below})</span>}
        </button>
      </div>
      <span className="gantt-track">
        {segmentsOf(run, scale.now).map((bar) => (
          <span
            key={bar.attempt} className="gantt-bar" data-state={bar.state}
            title={told(bar, attempts)}
            style={{ left: `${at(bar.from, scale)}%`, width: `max(3px, ${((bar.to - bar.from) / scale.span) * 100}%)` }}
          />
        ))}
      </span>
      <span className="gantt-lasted">
        {attempts > 1 && `${attempts}× `}
        {readable(lasted(run.state, new Date(scale.now)))}
      </span>
    </div>
  )
})

function told({ attempt, state, from, to }: Segment, attempts: number): string {
  const [lasts, since] = [readable(to - from), fullMoment(new Date(from).toISOString())]
  return attempts > 1 ? t`attempt ${attempt}: ${state}, ${lasts}, from ${since}` : t`${state}, ${lasts}, from ${since}`
}

const at = (moment: number, { start, span }: Scale) => Math.min(99.5, Math.max(0, ((moment - start) / span) * 100))
