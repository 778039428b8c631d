import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useCan } from '../api/capabilities'
import { csvOf } from '../api/client'
import { flowsQuery } from '../api/flows'
import type { Flow } from '../api/types'
import { Typed } from '../executions/FilterBar'
import { nextSort, standardSize } from '../executions/filters'
import { ColumnChooser } from '../parts/ColumnChooser'
import { shownOf } from '../parts/columns'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { useListChoices } from '../parts/listChoices'
import { PageHead } from '../parts/PageHead'
import { Pager } from '../parts/Pager'
import { many, one, positive } from '../search'
import { useAddress } from '../useAddress'
import { FLOW_COLUMNS } from './columns'
import { FlowsBulkBar } from './FlowsBulkBar'
import { FlowsTable, nameOf } from './FlowsTable'

const ExecuteDialog = lazy(() => import('./ExecuteDialog').then((module) => ({ default: module.ExecuteDialog })))

export default function FlowsPage() {
  return (
    <>
      <PageHead title="Flows">
        <Button component={Link} to="/flows/search" variant="default">Search sources</Button>
        <Button component={Link} to="/settings" variant="default">Import</Button>
        <Button component={Link} to="/flows/new">
          Create flow
        </Button>
      </PageHead>
      <FlowsList />
    </>
  )
}

/** Flows as the address filters them, or those of one namespace. */
export function FlowsList({ namespace }: { namespace?: string }) {
  const [search, change] = useAddress()
  const [executed, setExecuted] = useState<Flow>()
  const [ticked, setTicked] = useState<readonly string[]>([])
  const [page, size] = [positive(search, 'page', 1), positive(search, 'size', standardSize())]
  const sort = one(search, 'sort') || 'id:asc'
  const [q, labels] = [one(search, 'q'), many(search, 'labels')]
  const limit = namespace ?? one(search, 'namespace')
  const { data, error } = useQuery(flowsQuery({ page, size, sort, q, labels, namespace: limit }))
  const canExport = useCan('GET /api/v1/flows/export/by-query/csv')
  const { columns } = useListChoices('flows')
  const chosen = (data?.results ?? []).filter((flow) => ticked.includes(nameOf(flow)))
  const isFiltered = Boolean(q || labels.length || (limit && !namespace))
  return (
    <>
      <Group gap="xs" mb="xs">
        <Typed label="Search" value={q} onSettled={(value) => change({ q: value, page: undefined })} isFirst />
        {!namespace && <Typed label="Namespace" value={limit} onSettled={(value) => change({ namespace: value, page: undefined })} />}
        {labels.map((label) => (
          <button key={label} type="button" className="label" title="Remove this filter" onClick={() => change({ labels: labels.filter((item) => item !== label) })}>
            {label} ×
          </button>
        ))}
        <Group gap="xs" ml="auto"><ColumnChooser list="flows" columns={FLOW_COLUMNS} /></Group>
      </Group>
      <ErrorBox error={error} />
      {chosen.length > 0 && <FlowsBulkBar flows={chosen} onDone={() => setTicked([])} />}
      {data && data.results.length === 0 && (
        <Empty what="flows" isFiltered={isFiltered} onClear={() => change({ q: undefined, namespace: undefined, labels: undefined, page: undefined })}>
          <Button component={Link} to="/flows/new">Create the first</Button>
        </Empty>
      )}
      {data && data.results.length > 0 && (
        <FlowsTable
          flows={data.results} columns={shownOf(FLOW_COLUMNS, columns)} sort={sort} onSort={(field) => change({ sort: nextSort(sort, field) })} onExecute={setExecuted}
          onLabel={(label) => change({ labels: [...labels, label], page: undefined })}
          ticked={ticked} onTick={(names, isOn) => setTicked(isOn ? [...new Set([...ticked, ...names])] : ticked.filter((name) => !names.includes(name)))}
        />
      )}
      {data && data.total > 0 && <Pager page={page} size={size} total={data.total} csv={canExport ? csvOf('flows', { q, labels, namespace: limit }) : undefined} onChange={(next, rows) => change({ page: next, size: rows })} />}
      <Suspense fallback={null}>{executed && <ExecuteDialog flow={executed} onClose={() => setExecuted(undefined)} />}</Suspense>
    </>
  )
}
