import { Button, Group, NativeSelect, Switch, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { memo, useCallback, useMemo, useRef, useState } from 'react'
import { usePagedLog } from '../api/logPages'
import { LEVELS } from '../api/logs'
import { API, part, withQuery } from '../api/client'
import type { Level, TaskRun } from '../api/types'
import { counted, t } from '../language'
import { many, one, stringifySearch } from '../search'
import { setPreferences, usePreferences } from '../settings/preferences'
import { useAddress } from '../useAddress'
import { LogGroups } from './LogGroups'
import { LogJumps } from './LogJumps'
import { LogLines, nameIn, type Shown } from './LogLines'
import { useMarkedLine } from './useMarkedLine'
import './logs.css'

const TYPING_MS = 250
const BY_TASK_RUN = 'taskRun'
const ORDERS = [{ value: 'time', label: t`By time` }, { value: BY_TASK_RUN, label: t`By task run` }]

interface Props {
  executionId: string
  isLive: boolean
  /** By their names alone, whatever has become of them: they need not be the latest. */
  runs: readonly TaskRun[]
  height: string
  taskRunId?: string
  /** It may be shown by task run too. */
  canGroup?: boolean
}

/** The log of an execution or of one task run: the server filters it, and what is seen of it is read and drawn. */
export const LogView = memo(function LogView({ executionId, isLive, runs, height, taskRunId, canGroup = false }: Props) {
  const [search, change] = useAddress()
  const { logLevel, groupsLogs } = usePreferences()
  const level = [one(search, 'level'), logLevel].find((name) => (LEVELS as readonly string[]).includes(name)) as Level
  const marked = one(search, 'line')
  const [text, setText] = useState('')
  const [settled] = useDebouncedValue(text.trim(), TYPING_MS)
  const [follows, setFollows] = useState(!marked)
  const run = taskRunId ?? many(search, 'taskRun')[0]
  const isGrouped = groupsLogs && canGroup && !run
  const task = run ? '' : one(search, 'task')
  const wanted = { minLevel: level, taskRunId: run, taskId: task || undefined, q: settled || undefined }
  const log = usePagedLog(executionId, wanted, isLive)
  // The level goes along: whoever follows the link may begin with another.
  const linkTo = (line: string) => stringifySearch({ ...search, level, line })
  const mark = useCallback(
    (line: string) => {
      setFollows(false)
      change({ level, line }, { isInPlace: true })
    },
    [change, level],
  )
  const shown = useRef<Shown>(null)
  const { jump, pick } = useMarkedLine({ log, shown, isShown: !isGrouped, marked, mark })
  const known = useMemo(() => new Map(runs.map((item) => [item.id, item])), [runs])
  const tasks = useMemo(() => [...new Set(runs.map(({ taskId }) => taskId))], [runs])
  const download = withQuery(`${API}/logs/${part(executionId)}/download`, { ...wanted })
  return (
    <section aria-label={t`Log`} className="log-view" style={{ height }}>
      <Group gap="xs" mb="xs">
        <TextInput aria-label={t`Search the log`} placeholder={t`Search the log`} data-filter w={{ base: '100%', xs: 180 }} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <NativeSelect size="xs" aria-label={t`Lowest level`} data={[...LEVELS]} value={level} onChange={(event) => change({ level: event.currentTarget.value })} />
        {!run && tasks.length > 1 && (
          <NativeSelect
            size="xs" aria-label={t`Task`} maw={170} value={task} data={[{ value: '', label: t`All tasks` }, ...tasks.map((id) => ({ value: id, label: id }))]}
            onChange={(event) => change({ task: event.currentTarget.value || undefined })}
          />
        )}
        {canGroup && !run && (
          <NativeSelect
            size="xs" aria-label={t`Order`} value={isGrouped ? BY_TASK_RUN : 'time'} data={ORDERS}
            onChange={(event) => setPreferences({ groupsLogs: event.currentTarget.value === BY_TASK_RUN })}
          />
        )}
        <LogJumps countOf={log.countOf} onJump={(name, step) => void jump(name, step)} />
        {isLive && <Switch size="xs" label={t`Follow`} checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />}
        <Button variant="default" component="a" href={download} download>
          {t`Download`}
        </Button>
        {run && (
          <span className="label">
            {nameIn(known, run) ?? run}
            {!taskRunId && (
              <button type="button" className="plain" aria-label={t`Show all tasks`} onClick={() => change({ taskRun: undefined })}>×</button>
            )}
          </span>
        )}
        <Text size="xs" c="dimmed" role="status">{counted(log.total, 'line')}</Text>
      </Group>
      {isGrouped ? (
        <LogGroups executionId={executionId} wanted={wanted} isLive={isLive} runs={known} text={settled} marked={marked} linkTo={linkTo} onMark={mark} />
      ) : (
        <LogLines
          door={shown} log={log} runs={known} text={settled} follows={isLive && follows} onScrollUp={() => setFollows(false)} showsTask={!run}
          marked={marked} linkTo={linkTo} onPick={pick}
        />
      )}
      {!log.isLoading && (log.problem ?? log.total === 0) && (
        <Text c="dimmed" size="sm" p="sm">{log.problem ?? (settled || task ? t`No line fits.` : t`No line at ${level} or above.`)}</Text>
      )}
    </section>
  )
})
