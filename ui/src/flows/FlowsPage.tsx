import { ActionIcon, Badge, Button, Group, Table } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { flowsQuery } from '../api/flows'
import type { Flow } from '../api/types'
import { Typed } from '../executions/FilterBar'
import { nextSort, standardSize } from '../executions/filters'
import { Sortable } from '../executions/ExecutionsTable'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { Labels } from '../parts/Labels'
import { PageHead } from '../parts/PageHead'
import { Pager } from '../parts/Pager'
import { useRowKeys } from '../parts/useRowKeys'
import { many, one, positive } from '../search'
import { shortType } from '../topology/graph'
import { useAddress } from '../useAddress'
import { ExecuteDialog } from './ExecuteDialog'
import { keyOf, useHistory } from './history'
import { LastRuns } from './LastRuns'

export default function FlowsPage() {
  return (
    <>
      <PageHead title="Flows">
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
  const [page, size] = [positive(search, 'page', 1), positive(search, 'size', standardSize())]
  const sort = one(search, 'sort') || 'id:asc'
  const [q, labels] = [one(search, 'q'), many(search, 'labels')]
  const limit = namespace ?? one(search, 'namespace')
  const { data, error } = useQuery(flowsQuery({ page, size, sort, q, labels, namespace: limit }))
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
      </Group>
      <ErrorBox error={error} />
      {data && data.results.length === 0 && (
        <Empty what="flows" isFiltered={isFiltered} onClear={() => change({ q: undefined, namespace: undefined, labels: undefined, page: undefined })}>
          <Button component={Link} to="/flows/new">Create the first</Button>
        </Empty>
      )}
      {data && data.results.length > 0 && (
        <FlowsTable
          flows={data.results} sort={sort} onSort={(field) => change({ sort: nextSort(sort, field) })} onExecute={setExecuted}
          onLabel={(label) => change({ labels: [...labels, label], page: undefined })}
        />
      )}
      {data && data.total > 0 && <Pager page={page} size={size} total={data.total} onChange={(next, rows) => change({ page: next, size: rows })} />}
      {executed && <ExecuteDialog flow={executed} onClose={() => setExecuted(undefined)} />}
    </>
  )
}

interface TableProps {
  flows: readonly Flow[]
  sort: string
  onSort: (field: string) => void
  onExecute: (flow: Flow) => void
  onLabel: (label: string) => void
}

const addressOf = ({ namespace, id }: Flow) => `/flows/edit/${namespace}/${id}/overview`

function FlowsTable({ flows, sort, onSort, onExecute, onLabel }: TableProps) {
  const navigate = useNavigate()
  const history = useHistory(flows)
  const chosen = useRowKeys(flows.length, (index) => {
    const flow = flows[index]
    if (flow) void navigate({ to: addressOf(flow) })
  })
  return (
    <div className="panel table-scroll">
      <Table highlightOnHover className="list">
        <Table.Thead>
          <Table.Tr>
            <Sortable title="Id" field="id" sort={sort} onSort={onSort} />
            <Sortable title="Namespace" field="namespace" sort={sort} onSort={onSort} />
            <Table.Th>Last execution</Table.Th>
            <Table.Th className="only-wide">Labels</Table.Th>
            <Table.Th className="only-wide">Triggers</Table.Th>
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {flows.map((flow, index) => (
            <Table.Tr key={`${flow.namespace}.${flow.id}`} data-selected={index === chosen || undefined}>
              <Table.Td className="wide-cell">
                <Link to={addressOf(flow)} title={flow.description}>{flow.id}</Link>{' '}
                {flow.disabled && <Badge size="xs" variant="default">disabled</Badge>}
              </Table.Td>
              <Table.Td>{flow.namespace}</Table.Td>
              <Table.Td><LastRuns last={history.last.get(keyOf(flow.namespace, flow.id))} days={history.days.get(keyOf(flow.namespace, flow.id)) ?? []} /></Table.Td>
              <Table.Td className="only-wide"><Labels labels={flow.labels} onPick={({ key, value }) => onLabel(`${key}:${value}`)} /></Table.Td>
              <Table.Td className="only-wide">{(flow.triggers ?? []).map(({ type }) => shortType(type)).join(', ')}</Table.Td>
              <Table.Td ta="right">
                <ActionIcon variant="subtle" size="sm" aria-label={`Execute ${flow.id}`} disabled={flow.disabled ?? false} onClick={() => onExecute(flow)}>
                  <IconPlayerPlay size={15} />
                </ActionIcon>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
