import { Button, Group, NativeSelect, Switch, Text, TextInput } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import { LEVELS, useLog } from '../api/logs'
import { part } from '../api/client'
import type { Level, LogEntry, TaskRun } from '../api/types'
import { many, one } from '../search'
import { useAddress } from '../useAddress'
import { LogLine } from './LogLine'
import { nameOf } from './tree'
import './logs.css'

const LINE_PX = 24

interface Props {
  executionId: string
  isLive: boolean
  runs: readonly TaskRun[]
  height: string
  taskRunId?: string
}

/** The log of an execution or of one task run, drawn only where it is seen. */
export function LogView({ executionId, isLive, runs, height, taskRunId }: Props) {
  const [search, change] = useAddress()
  const level = (LEVELS as readonly string[]).includes(one(search, 'level')) ? (one(search, 'level') as Level) : 'INFO'
  const [text, setText] = useState('')
  const [follows, setFollows] = useState(true)
  const { entries, isLoading, problem } = useLog(executionId, level, isLive)
  const run = taskRunId ?? many(search, 'taskRun')[0]
  const names = useMemo(() => new Map(runs.map((item) => [item.id, nameOf(item)])), [runs])
  const shown = useMemo(() => narrowed(entries, run, text), [entries, run, text])
  const query = `minLevel=${level}${run ? `&taskRunId=${part(run)}` : ''}`
  return (
    <section aria-label="Log" className="log-view" style={{ height }}>
      <Group gap="xs" mb="xs">
        <TextInput aria-label="Search the log" placeholder="Search the log" data-filter w={{ base: '100%', xs: 180 }} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <NativeSelect size="xs" aria-label="Lowest level" data={[...LEVELS]} value={level} onChange={(event) => change({ level: event.currentTarget.value })} />
        {isLive && <Switch size="xs" label="Follow" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />}
        <Button variant="default" component="a" href={`/api/v1/logs/${part(executionId)}/download?${query}`} download>
          Download
        </Button>
        {run && (
          <span className="label">
            {names.get(run) ?? run}
            {!taskRunId && (
              <button type="button" className="plain" aria-label="Show all tasks" onClick={() => change({ taskRun: undefined })}>×</button>
            )}
          </span>
        )}
        <Text size="xs" c="dimmed">{shown.length.toLocaleString('en')} lines</Text>
      </Group>
      <Lines entries={shown} names={names} text={text} follows={isLive && follows} onScrollUp={() => setFollows(false)} showsTask={!run} />
      {!isLoading && shown.length === 0 && (
        <Text c="dimmed" size="sm" p="sm">{problem ?? (entries.length ? 'No line fits.' : `No line at ${level} or above.`)}</Text>
      )}
    </section>
  )
}

function narrowed(entries: readonly LogEntry[], taskRunId: string | undefined, text: string): readonly LogEntry[] {
  if (!taskRunId && !text) return entries
  const wanted = text.toLowerCase()
  return entries.filter(
    (entry) => (!taskRunId || entry.taskRunId === taskRunId) && (!wanted || entry.message.toLowerCase().includes(wanted)),
  )
}

interface LinesProps {
  entries: readonly LogEntry[]
  names: ReadonlyMap<string, string>
  text: string
  follows: boolean
  onScrollUp: () => void
  showsTask: boolean
}

function Lines({ entries, names, text, follows, onScrollUp, showsTask }: LinesProps) {
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
    initialRect: { width: 900, height: 600 },
  })
  useEffect(() => {
    if (follows && entries.length) virtual.scrollToIndex(entries.length - 1, { align: 'end' })
  }, [follows, entries.length, virtual])
  if (!entries.length) return null
  return (
    <div
      className="panel log-lines" ref={box} role="log" aria-live="off" tabIndex={0} aria-label="Log lines"
      onWheel={(event) => event.deltaY < 0 && onScrollUp()}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const entry = entries[item.index]
          return entry ? (
            <div key={item.index} data-index={item.index} ref={virtual.measureElement} className="log-place" style={{ transform: `translateY(${item.start}px)` }}>
              <LogLine entry={entry} search={text} task={showsTask ? (names.get(entry.taskRunId ?? '') ?? entry.taskId) : undefined} />
            </div>
          ) : null
        })}
      </div>
    </div>
  )
}
