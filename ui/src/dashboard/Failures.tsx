import { useQuery } from '@tanstack/react-query'
import { request, type Page } from '../api/client'
import type { Execution, LogEntry } from '../api/types'
import { culpritOf } from '../executions/tree'
import { t } from '../language'
import { ExecutionsBox } from './ExecutionsBox'
import { firstErrors } from './statistics'

const MOST_LINES = 200

/** What failed, each with why: one question for the lines of all, not one for each. */
export function Failures({ data, all, none }: { data: Page<Execution> | undefined; all: object; none: string }) {
  const culprits = new Map((data?.results ?? []).map((execution) => [execution.id, culpritOf(execution.taskRunList ?? [])]))
  const oldest = data?.results.at(-1)?.state.startDate
  const { namespace } = all as { namespace?: string }
  const lines = useQuery({
    queryKey: ['blame', [...culprits.keys()]],
    queryFn: () => request<Page<LogEntry>>('/logs/search', { query: { minLevel: 'ERROR', startDate: oldest, namespace, size: MOST_LINES, sort: 'timestamp:desc' } }),
    enabled: oldest !== undefined,
    staleTime: Infinity,
  })
  const errors = firstErrors(lines.data?.results ?? [])
  const lineOf = ({ id }: Execution) => {
    const run = culprits.get(id)
    const message = run && errors.get(run.id)
    return message ? <span className="box-error cut" title={message}>{run.taskId}: {message.split('\n')[0]}</span> : null
  }
  return <ExecutionsBox title={t`Failed`} none={none} data={data} all={all} lineOf={lineOf} />
}
