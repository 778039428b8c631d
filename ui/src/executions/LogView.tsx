import { Button, Group, NativeSelect, Switch, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useMemo, useRef, useState } from 'react'
import { usePagedLog, type PagedLog } from '../api/logPages'
import { LEVELS } from '../api/logs'
import { API, part, withQuery } from '../api/client'
import type { Level, TaskRun } from '../api/types'
import { many, one } from '../search'
import { useAddress } from '../useAddress'
import { LogLine } from './LogLine'
import { nameOf } from './tree'
import './logs.css'

const LINE_PX = 24
const TYPING_MS = 250

interface Props {
  executionId: string
  isLive: boolean
  /** By their names alone, whatever has become of them: they need not be the latest. */
  runs: readonly TaskRun[]
  height: string
  taskRunId?: string
}

/** The log of an execution or of one task run: the server filters it, and what is seen of it is read and drawn. */
export const LogView = memo(function LogView({ executionId, isLive, runs, height, taskRunId }: Props) {
  const [search, change] = useAddress()
  const level = (LEVELS as readonly string[]).includes(one(search, 'level')) ? (one(search, 'level') as Level) : 'INFO'
  const [text, setText] = useState('')
  const [settled] = useDebouncedValue(text.trim(), TYPING_MS)
  const [follows, setFollows] = useState(true)
  const run = taskRunId ?? many(search, 'taskRun')[0]
  const task = run ? '' : one(search, 'task')
  const wanted = { minLevel: level, taskRunId: run, taskId: task || undefined, q: settled || undefined }
  const log = usePagedLog(executionId, wanted, isLive)
  const known = useMemo(() => new Map(runs.map((item) => [item.id, item])), [runs])
  const tasks = useMemo(() => [...new Set(runs.map(({ taskId }) => taskId))], [runs])
  const download = withQuery(`${API}/logs/${part(executionId)}/download`, { ...wanted })
  return (
    <section aria-label="Log" className="log-view" style={{ height }}>
      <Group gap="xs" mb="xs">
        <TextInput aria-label="Search the log" placeholder="Search the log" data-filter w={{ base: '100%', xs: 180 }} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <NativeSelect size="xs" aria-label="Lowest level" data={[...LEVELS]} value={level} onChange={(event) => change({ level: event.currentTarget.value })} />
        {!run && tasks.length > 1 && (
          <NativeSelect
            size="xs" aria-label="Task" maw={170} value={task} data={[{ value: '', label: 'All tasks' }, ...tasks.map((id) => ({ value: id, label: id }))]}
            onChange={(event) => change({ task: event.currentTarget.value || undefined })}
          />
        )}
        {isLive && <Switch size="xs" label="Follow" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />}
        <Button variant="default" component="a" href={download} download>
          Download
        </Button>
        {run && (
          <span className="label">
            {nameIn(known, run) ?? run}
            {!taskRunId && (
              <button type="button" className="plain" aria-label="Show all tasks" onClick={() => change({ taskRun: undefined })}>×</button>
            )}
          </span>
        )}
        <Text size="xs" c="dimmed" role="status">{log.total.toLocaleString('en')} {log.total === 1 ? 'line' : 'lines'}</Text>
      </Group>
      <Lines log={log} runs={known} text={settled} follows={isLive && follows} onScrollUp={() => setFollows(false)} showsTask={!run} />
      {!log.isLoading && (log.problem ?? log.total === 0) && (
        <Text c="dimmed" size="sm" p="sm">{log.problem ?? (settled || task ? 'No line fits.' : `No line at ${level} or above.`)}</Text>
      )}
    </section>
  )
})

type RunsById = ReadonlyMap<string, TaskRun>

function nameIn(runs: RunsById, id = ''): string | undefined {
  const run = runs.get(id)
  return run && nameOf(run)
}

interface LinesProps {
  log: PagedLog
  runs: RunsById
  text: string
  follows: boolean
  onScrollUp: () => void
  showsTask: boolean
}

function Lines({ log: { total, entryAt, want }, runs, text, follows, onScrollUp, showsTask }: LinesProps) {
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
  if (!total) return null
  return (
    <div
      className="panel log-lines" ref={box} role="log" aria-live="off" tabIndex={0} aria-label="Log lines"
      onWheel={(event) => event.deltaY < 0 && onScrollUp()}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const entry = entryAt(item.index)
          return (
            <div key={item.index} data-index={item.index} ref={virtual.measureElement} className="log-place" style={{ transform: `translateY(${item.start}px)` }}>
              {entry ? (
                <LogLine entry={entry} search={text} task={showsTask ? (nameIn(runs, entry.taskRunId) ?? entry.taskId) : undefined} />
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
