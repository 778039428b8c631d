import { Alert, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { part, request, type Page } from '../api/client'
import type { Execution, LogEntry, TaskRun } from '../api/types'
import { t } from '../language'
import { addressOf } from './ExecutionsTable'
import { culpritOf, nameOf } from './tree'

/** Why it failed: the first error of the task that broke it, or of the execution where no task did. */
export function Blame({ execution }: { execution: Execution }) {
  const culprit = useMemo(() => culpritOf(execution.taskRunList ?? []), [execution.taskRunList])
  return culprit ? <OfRun execution={execution} run={culprit} /> : <OfExecution execution={execution} />
}

/** What handlers logged later comes in the log. */
function OfRun({ execution, run }: { execution: Execution; run: TaskRun }) {
  const { data, isPending } = useQuery({
    queryKey: ['blame', run.id, run.attempts?.length],
    queryFn: () => request<LogEntry[]>(`/logs/${part(execution.id)}`, { query: { minLevel: 'ERROR', taskRunId: run.id } }),
  })
  const attempts = run.attempts?.length ?? 1
  const child = (run.outputs as { executionId?: unknown } | null)?.executionId
  return (
    <Alert color="red" variant="outline" role="alert" title={attempts > 1 ? t`${nameOf(run)} failed in attempt ${attempts}` : t`${nameOf(run)} failed`}>
      <pre className="block mono">{data?.at(0)?.message ?? (isPending ? '…' : t`It left no message.`)}</pre>
      <Text size="sm" mt={6}>
        <Link to={`${addressOf(execution)}/logs`} search={{ taskRun: run.id } as never}>{t`See its log`}</Link>
        {typeof child === 'string' && <>{' · '}<Link to="/executions" search={{ triggerExecutionId: execution.id } as never}>{t`See what it started`}</Link></>}
      </Text>
    </Alert>
  )
}

function OfExecution({ execution }: { execution: Execution }) {
  const { data } = useQuery({
    queryKey: ['blame', execution.id],
    queryFn: () => request<Page<LogEntry>>('/logs/search', { query: { executionId: execution.id, minLevel: 'ERROR', size: 1, sort: 'timestamp:asc' } }),
  })
  const message = data?.results[0]?.message
  if (!message) return null
  return <Alert color="red" variant="outline" role="alert" title={t`It failed, and no task did`}><pre className="block mono">{message}</pre></Alert>
}
