import { Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { request, type Query } from '../api/client'
import { executionsQuery } from '../api/executions'
import type { Execution, LogEntry } from '../api/types'
import { addressOf } from '../executions/ExecutionsTable'
import { culpritOf } from '../executions/tree'
import { Duration } from '../parts/Duration'
import { Moment } from '../parts/Moment'
import { StateBadge } from '../parts/StateBadge'

interface Props {
  title: string
  none: string
  query: Query
  showsError?: boolean
}

export function ExecutionsBox({ title, none, query, showsError = false }: Props) {
  const { data } = useQuery(executionsQuery({ sort: 'state.startDate:desc', ...query }))
  return (
    <section className="panel box" aria-label={title}>
      <Title order={2} mb={6}>{title}</Title>
      {data?.total === 0 && <Text size="sm" c="dimmed">{none}</Text>}
      {data?.results.map((execution) => (
        <div className="box-row" key={execution.id}>
          <StateBadge state={execution.state.current} />
          <Link className="cut" to={addressOf(execution)} title={`${execution.namespace}.${execution.flowId}`}>{execution.flowId}</Link>
          <Moment at={execution.state.startDate} />
          <Duration state={execution.state} />
          {showsError && <ErrorLine execution={execution} />}
        </div>
      ))}
    </section>
  )
}

/** Why it failed, in one line, without opening it. */
function ErrorLine({ execution }: { execution: Execution }) {
  const run = culpritOf(execution.taskRunList ?? [])
  const { data } = useQuery({
    queryKey: ['blame', run?.id],
    queryFn: () => request<LogEntry[]>(`/logs/${execution.id}`, { query: { minLevel: 'ERROR', taskRunId: run?.id } }),
    enabled: run !== undefined,
    staleTime: Infinity,
  })
  const message = data?.at(0)?.message
  return message ? <span className="box-error cut" title={message}>{run?.taskId}: {message.split('\n')[0]}</span> : null
}
