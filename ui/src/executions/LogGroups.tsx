import { Button, Group as Row, Text } from '@mantine/core'
import { useInViewport } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { usePagedLog, type LogQuery } from '../api/logPages'
import { logSharesQuery, type LogShare } from '../api/logs'
import { counted, digits, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { usePreferences } from '../settings/preferences'
import { groupsOf, MOST_GROUPS, ownerOf } from './logGroupsOf'
import { RunMenu } from './RunMenu'
import { LINE_PX, LogLines, nameIn, type RunsById, type Shown } from './LogLines'
import { useMarkedLine } from './useMarkedLine'

const MOST_PX = 420

interface Props {
  executionId: string
  wanted: LogQuery
  isLive: boolean
  runs: RunsById
  text: string
  marked: string
  linkTo: (place: string) => string
  onMark: (place: string) => void
}

/** The log of an execution by its task runs: each can be opened, and is read when it is. */
export function LogGroups({ executionId, wanted, isLive, ...rest }: Props) {
  const { data, error } = useQuery(logSharesQuery(executionId, wanted, isLive))
  const { logDisplay } = usePreferences()
  const [most, setMost] = useState(MOST_GROUPS)
  if (error) return <ErrorBox error={error} />
  if (!data?.length) return null
  const { shown, opened, more } = groupsOf(data, rest.marked, logDisplay, most)
  return (
    <div className="panel log-groups" role="region" tabIndex={0} aria-label={t`Log by task run`}>
      {shown.map((share) => {
        const id = share.taskRunId ?? ''
        return <Group key={id} share={share} isWanted={opened.has(id)} executionId={executionId} wanted={{ ...wanted, taskRunId: id, taskId: undefined }} {...rest} />
      })}
      {more > 0 && (
        <Row gap="sm" p="xs">
          <Text size="sm" c="dimmed">{counted(more, 'more task run', 'more task runs')}</Text>
          <Button size="compact-xs" variant="default" onClick={() => setMost(most + MOST_GROUPS)}>{t`Show ${Math.min(more, MOST_GROUPS)} more`}</Button>
        </Row>
      )}
    </div>
  )
}

interface GroupProps extends Omit<Props, 'isLive'> {
  share: LogShare
  /** Open, unless somebody has closed it. */
  isWanted: boolean
}

function Group({ share, isWanted, ...rest }: GroupProps) {
  const { taskRunId, taskId, total, warnings, errors } = share
  // What was decided by hand counts until another line of it is asked for.
  const [decided, decide] = useState<{ isOpen: boolean; marked: string }>()
  const isOpen = decided && (decided.marked === rest.marked || !isWanted) ? decided.isOpen : isWanted
  const run = taskRunId === undefined ? undefined : rest.runs.get(taskRunId)
  const name = taskRunId === undefined ? t`The execution itself` : (nameIn(rest.runs, taskRunId) ?? taskId)
  return (
    <section className="log-group" aria-label={name}>
      <div className="log-title">
        <button type="button" className="log-head" aria-expanded={isOpen} onClick={() => decide({ isOpen: !isOpen, marked: rest.marked })}>
          <span aria-hidden>{isOpen ? '▾' : '▸'}</span>
          <strong className="cut">{name}</strong>
          <small>{counted(total, 'line')}</small>
          {errors > 0 && <small data-level="ERROR">{digits(errors)} ERROR</small>}
          {warnings > 0 && <small data-level="WARN">{digits(warnings)} WARN</small>}
        </button>
        {run && <RunMenu executionId={rest.executionId} run={run} />}
      </div>
      {isOpen && <Seen total={total} {...rest} />}
    </section>
  )
}

type LinesProps = Omit<GroupProps, 'share' | 'isWanted'> & { total: number }

/** Lines are read when they come into view: all groups of a long log may be open. */
function Seen(props: LinesProps) {
  const { ref, inViewport } = useInViewport<HTMLDivElement>()
  // That of the marked line is read at once: only then it can be gone to.
  const isAsked = inViewport || (props.marked !== '' && ownerOf(props.marked) === props.wanted.taskRunId)
  const [isSeen, setSeen] = useState(isAsked)
  useEffect(() => {
    if (isAsked) setSeen(true)
  }, [isAsked])
  return <div ref={ref} style={isSeen ? {} : { height: heightOf(props.total) }}>{isSeen && <Lines {...props} />}</div>
}

const heightOf = (lines: number) => Math.min(MOST_PX, lines * LINE_PX + 2)

/** Counted anew when there are more: a stream for each that is open would be too many for a browser. */
function Lines({ total, executionId, wanted, runs, text, marked, linkTo, onMark }: LinesProps) {
  const log = usePagedLog(executionId, wanted, false, total)
  const shown = useRef<Shown>(null)
  const { pick } = useMarkedLine({ log, shown, isShown: true, marked, mark: onMark })
  if (log.problem) return <Text c="dimmed" size="sm" p="sm">{log.problem}</Text>
  return (
    <LogLines
      door={shown} log={log} runs={runs} text={text} follows={false} onScrollUp={ignore} showsTask={false} marked={marked} linkTo={linkTo} onPick={pick}
      height={heightOf(log.total)}
    />
  )
}

const ignore = () => {}
