import { Button, Group, NativeSelect } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import { useCan } from '../api/capabilities'
import { csvOf } from '../api/client'
import { deleteLogs, LEVELS, logsQuery } from '../api/logs'
import type { LogEntry } from '../api/types'
import { LogLine } from '../executions/LogLine'
import { Typed } from '../executions/FilterBar'
import { filterText, standardSize } from '../executions/filters'
import { t } from '../language'
import { confirmed } from '../parts/confirmed'
import { ChartSwitch } from '../parts/ChartSwitch'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { done, failed } from '../parts/notes'
import { FilterChip } from '../parts/FilterFields'
import { useListChoices } from '../parts/listChoices'
import { Pager } from '../parts/Pager'
import { TimeField } from '../parts/TimeField'
import { startOf } from '../dashboard/statistics'
import { useDefaultNamespace } from '../parts/useDefaultNamespace'
import { one, positive } from '../search'
import { preferences, usePreferences } from '../settings/preferences'
import { useAddress } from '../useAddress'
import '../executions/logs.css'
import './list.css'

const LevelsOverTime = lazy(() => import('./LevelsOverTime'))

const RANGES = [
  { value: 'PT1H', label: t`Last hour` },
  { value: 'PT24H', label: t`Last 24 hours` },
  { value: 'P7D', label: t`Last 7 days` },
  { value: 'P30D', label: t`Last 30 days` },
]

const STANDARD = 'P7D'
const LONGEST = 'P30D'

/** Lines of all executions, newest first; level and time are filters that show. */
export function LogsList({ fixed = {} }: { fixed?: { namespace?: string; flowId?: string } }) {
  const [search, change] = useAddress()
  useDefaultNamespace(search, change, fixed.namespace === undefined)
  const [page, size] = [positive(search, 'page', 1), positive(search, 'size', standardSize())]
  const minLevel = one(search, 'minLevel') || preferences().logLevel
  const { timeZone } = usePreferences()
  const { hidesChart } = useListChoices('logs')
  const [from, to] = [one(search, 'startDate'), one(search, 'endDate')]
  const timeRange = one(search, 'timeRange') || STANDARD
  const time = from || to ? { startDate: from, endDate: to } : { timeRange }
  const since = useMemo(() => from || startOf(to ? LONGEST : timeRange, to ? new Date(to) : new Date(), timeZone), [from, to, timeRange, timeZone])
  const [q, namespace, flowId] = ['q', 'namespace', 'flowId'].map((name) => one(search, name)) as [string, string, string]
  const filter = { q, namespace, flowId, minLevel, ...time, ...fixed }
  const { data, error } = useQuery(logsQuery({ page, size, sort: 'timestamp:desc', ...filter }))
  const canExport = useCan('GET /api/v1/logs/export/by-query/csv')
  return (
    <>
      <Group gap="xs" mb="xs">
        <Typed label={t`Search`} value={q} onSettled={(value) => change({ q: value, page: undefined })} isFirst />
        {!fixed.namespace && <Typed label={t`Namespace`} value={namespace} onSettled={(value) => change({ namespace: value, page: undefined })} />}
        <NativeSelect size="xs" aria-label={t`Lowest level`} data={[...LEVELS]} value={minLevel} onChange={(event) => change({ minLevel: event.currentTarget.value, page: undefined })} />
        <TimeField ranges={RANGES} time={{ timeRange, from, to }} onChange={(next) => change({ timeRange: next.timeRange, startDate: next.from, endDate: next.to, page: undefined })} />
        {flowId && !fixed.flowId && <FilterChip text={filterText('flowId', flowId)} value={flowId} onRemove={() => change({ flowId: undefined, page: undefined })} />}
        <Group ml="auto"><ChartSwitch list="logs" /></Group>
        {fixed.namespace && fixed.flowId && <Deletion namespace={fixed.namespace} flowId={fixed.flowId} />}
      </Group>
      <ErrorBox error={error} />
      {data && data.total > 0 && !hidesChart && (
        <Suspense fallback={<div style={{ height: 90 }} />}>
          <LevelsOverTime filter={{ q, namespace, flowId, logLevel: minLevel, ...fixed }} startDate={since} endDate={to || undefined} onLevel={(level) => change({ minLevel: level, page: undefined })} />
        </Suspense>
      )}
      {data?.total === 0 && <Empty what="log lines" isFiltered onClear={() => change({ q: undefined, namespace: undefined, minLevel: 'TRACE', timeRange: 'P30D', startDate: undefined, endDate: undefined, page: undefined })} />}
      {data && data.total > 0 && (
        <>
          <div className="panel" data-of={fixed.flowId && 'flow'}>{data.results.map((entry, index) => <Entry key={index} entry={entry} search={q} isOfFlow={fixed.flowId !== undefined} />)}</div>
          <Pager page={page} size={size} total={data.total} csv={canExport ? csvOf('logs', filter) : undefined} onChange={(next, rows) => change({ page: next, size: rows })} />
        </>
      )}
    </>
  )
}

function Deletion({ namespace, flowId }: { namespace: string; flowId: string }) {
  const cache = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deleteLogs(namespace, flowId),
    onSuccess: () => done(t`The log lines are deleted`),
    onError: failed,
    onSettled: () => cache.invalidateQueries({ queryKey: ['logs'] }),
  })
  const question = t`Delete all log lines of ${flowId}, of all its executions and at any time? This cannot be undone.`
  return <Button variant="default" loading={remove.isPending} onClick={() => confirmed(question) && remove.mutate()}>{t`Delete logs`}</Button>
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
