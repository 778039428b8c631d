import { Group, NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { LEVELS, logsQuery } from '../api/logs'
import type { Query } from '../api/client'
import type { LogEntry } from '../api/types'
import { LogLine } from '../executions/LogLine'
import { Typed } from '../executions/FilterBar'
import { standardSize } from '../executions/filters'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { Pager } from '../parts/Pager'
import { one, positive } from '../search'
import { useAddress } from '../useAddress'
import '../executions/logs.css'

const RANGES = [
  { value: 'PT1H', label: 'Last hour' },
  { value: 'PT24H', label: 'Last 24 hours' },
  { value: 'P7D', label: 'Last 7 days' },
  { value: 'P30D', label: 'Last 30 days' },
]

/** Lines of all executions, newest first; level and time are filters that show. */
export function LogsList({ fixed = {} }: { fixed?: Query }) {
  const [search, change] = useAddress()
  const [page, size] = [positive(search, 'page', 1), positive(search, 'size', standardSize())]
  const minLevel = one(search, 'minLevel') || 'INFO'
  const timeRange = one(search, 'timeRange') || 'P7D'
  const [q, namespace, flowId] = ['q', 'namespace', 'flowId'].map((name) => one(search, name)) as [string, string, string]
  const { data, error } = useQuery(logsQuery({ page, size, q, namespace, flowId, minLevel, timeRange, sort: 'timestamp:desc', ...fixed }))
  const isFiltered = Boolean(q || minLevel !== 'TRACE' || timeRange)
  return (
    <>
      <Group gap="xs" mb="xs">
        <Typed label="Search" value={q} onSettled={(value) => change({ q: value, page: undefined })} isFirst />
        {!fixed.namespace && <Typed label="Namespace" value={namespace} onSettled={(value) => change({ namespace: value, page: undefined })} />}
        <NativeSelect size="xs" aria-label="Lowest level" data={[...LEVELS]} value={minLevel} onChange={(event) => change({ minLevel: event.currentTarget.value, page: undefined })} />
        <NativeSelect size="xs" aria-label="Time" data={RANGES} value={timeRange} onChange={(event) => change({ timeRange: event.currentTarget.value, page: undefined })} />
      </Group>
      <ErrorBox error={error} />
      {data?.total === 0 && <Empty what="log lines" isFiltered={isFiltered} onClear={() => change({ q: undefined, namespace: undefined, minLevel: 'TRACE', timeRange: 'P30D', page: undefined })} />}
      {data && data.total > 0 && (
        <>
          <div className="panel">{data.results.map((entry, index) => <Entry key={index} entry={entry} search={q} isOfFlow={fixed.flowId !== undefined} />)}</div>
          <Pager page={page} size={size} total={data.total} onChange={(next, rows) => change({ page: next, size: rows })} />
        </>
      )}
    </>
  )
}

/** One line where there is room: whose it is, and what it says. */
function Entry({ entry, search, isOfFlow }: { entry: LogEntry; search: string; isOfFlow: boolean }) {
  const { namespace, flowId, executionId, taskId, triggerId } = entry
  return (
    <div className="log-entry">
      <LogLine entry={entry} search={search} isDated>
        <Link to={executionId ? `/executions/${namespace}/${flowId}/${executionId}/logs` : `/flows/edit/${namespace}/${flowId}/triggers`} title={`${namespace}.${flowId} ${executionId}`}>
          {isOfFlow && executionId ? executionId.slice(0, 8) : `${namespace}.${flowId}`}
        </Link>{' '}
        {taskId ?? triggerId}
      </LogLine>
    </div>
  )
}
