import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useCan } from '../api/capabilities'
import { csvOf } from '../api/client'
import { flowsQuery } from '../api/flows'
import type { Flow } from '../api/types'
import { Typed } from '../executions/FilterBar'
import { nextSort, SCOPES, standardSize } from '../executions/filters'
import { t } from '../language'
import { ChartSwitch } from '../parts/ChartSwitch'
import { ColumnChooser } from '../parts/ColumnChooser'
import { shownOf } from '../parts/columns'
import { narrowedTo, since, type Counted } from '../parts/counting'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { FilterChip, LabelChips } from '../parts/FilterFields'
import { ExecutionStrip } from '../parts/ExecutionStrip'
import { useListChoices } from '../parts/listChoices'
import { PageHead } from '../parts/PageHead'
import { MoreFilters } from '../parts/MoreFilters'
import { Pager } from '../parts/Pager'
import { SavedSearches } from '../parts/SavedSearches'
import { useDefaultNamespace } from '../parts/useDefaultNamespace'
import { many, one, positive } from '../search'
import { useAddress, type Change } from '../useAddress'
import { FLOW_COLUMNS } from './columns'
import { FlowsBulkBar } from './FlowsBulkBar'
import { FlowsTable, nameOf } from './FlowsTable'

const SAVED = ['q', 'namespace', 'labels', 'scope', 'sort'] as const

const ExecuteDialog = lazy(() => import('./ExecuteDialog').then((module) => ({ default: module.ExecuteDialog })))

export default function FlowsPage() {
  return (
    <>
      <PageHead title={t`Flows`}>
        <Button component={Link} to="/flows/search" variant="default">{t`Search sources`}</Button>
        <Button component={Link} to="/settings" variant="default">{t`Import`}</Button>
        <Button component={Link} to="/flows/new">
          {t`Create flow`}
        </Button>
      </PageHead>
      <FlowsList />
    </>
  )
}

/** Flows as the address filters them, or those of one namespace. */
export function FlowsList({ namespace }: { namespace?: string }) {
  const [search, change] = useAddress()
  useDefaultNamespace(search, change, namespace === undefined)
  const [executed, setExecuted] = useState<Flow>()
  const [ticked, setTicked] = useState<readonly string[]>([])
  const [page, size] = [positive(search, 'page', 1), positive(search, 'size', standardSize())]
  const sort = one(search, 'sort') || 'id:asc'
  const [q, labels, scope] = [one(search, 'q'), many(search, 'labels'), one(search, 'scope')]
  const limit = namespace ?? one(search, 'namespace')
  const { data, error } = useQuery(flowsQuery({ page, size, sort, q, labels, scope, namespace: limit }))
  const canExport = useCan('GET /api/v1/flows/export/by-query/csv')
  const { columns, hidesChart } = useListChoices('flows')
  const chosen = (data?.results ?? []).filter((flow) => ticked.includes(nameOf(flow)))
  const isFiltered = Boolean(q || labels.length || scope || (limit && !namespace))
  return (
    <>
      <Group gap="xs" mb="xs">
        <Typed label={t`Search`} value={q} onSettled={(value) => change({ q: value, page: undefined })} isFirst />
        {!namespace && <Typed label={t`Namespace`} value={limit} onSettled={(value) => change({ namespace: value, page: undefined })} />}
        <MoreFilters search={search} set={(values) => change({ ...values, page: undefined })} />
        <LabelChips labels={labels} onChange={(next) => change({ labels: next, page: undefined })} />
        {scope && <FilterChip text={SCOPES[scope] ?? scope} onRemove={() => change({ scope: undefined, page: undefined })} />}
        <Group gap="xs" ml="auto"><SavedSearches list="flows" search={search} names={SAVED} change={change} /><ChartSwitch list="flows" /><ColumnChooser list="flows" columns={FLOW_COLUMNS} /></Group>
      </Group>
      <ErrorBox error={error} />
      {data && !hidesChart && <Runs flows={q || labels.length || scope ? data.results : undefined} namespace={limit} found={{ ...(q ? { q } : {}), ...(labels.length ? { labels } : {}), ...(scope ? { scope } : {}) }} />}
      {chosen.length > 0 && <FlowsBulkBar flows={chosen} onDone={() => setTicked([])} />}
      {data && data.results.length === 0 && (
        <Empty what="flows" isFiltered={isFiltered} onClear={() => change({ q: undefined, namespace: undefined, labels: undefined, scope: undefined, page: undefined })}>
          <Button component={Link} to="/flows/new">{t`Create the first`}</Button>
        </Empty>
      )}
      {data && data.results.length > 0 && (
        <FlowsTable
          flows={data.results} columns={shownOf(FLOW_COLUMNS, columns)} sort={sort} onSort={(field) => change({ sort: nextSort(sort, field) })} onExecute={setExecuted}
          onLabel={(label) => change({ labels: [...labels, label], page: undefined })}
          ticked={ticked} onTick={(names, isOn) => setTicked(isOn ? [...new Set([...ticked, ...names])] : ticked.filter((name) => !names.includes(name)))}
        />
      )}
      {data && data.total > 0 && <Pager page={page} size={size} total={data.total} csv={canExport ? csvOf('flows', { q, labels, scope, namespace: limit }) : undefined} onChange={(next, rows) => change({ page: next, size: rows })} />}
      <Suspense fallback={null}>{executed && <ExecuteDialog flow={executed} onClose={() => setExecuted(undefined)} />}</Suspense>
    </>
  )
}

interface RunsProps {
  flows: readonly Flow[] | undefined
  namespace: string
  /** What the flows were found by. */
  found: Change
}

/** Executions of what is listed: of the flows shown where they were searched for, else of all in the namespace. A bar leads to those of its time, found by the same words and labels. */
function Runs({ flows, namespace, found }: RunsProps) {
  const navigate = useNavigate()
  if (flows && !flows.length) return null
  const only = flows?.length === 1 ? flows[0] : undefined
  const named = only ? { namespace: only.namespace, flowId: only.id } : namespace ? { namespace } : {}
  const counted: Counted = { startDate: since(new Date()), ...named, ...(flows && !only ? { flows: flows.map((flow) => ({ namespace: flow.namespace, id: flow.id })) } : {}) }
  return <ExecutionStrip counted={counted} onOpen={(bars, index) => void navigate({ to: '/executions', search: { ...(only ? {} : found), ...named, ...narrowedTo(bars, index) } as never })} />
}
