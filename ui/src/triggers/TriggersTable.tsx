import { Checkbox, Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useCan } from '../api/capabilities'
import { csvOf } from '../api/client'
import { keysOf, nameOf, triggerFilters, triggersQuery, type TriggerFilter, type TriggerRow } from '../api/triggers'
import { Sortable } from '../executions/ExecutionsTable'
import { nextSort, standardSize } from '../executions/filters'
import { t } from '../language'
import { shownOf } from '../parts/columns'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { useListChoices } from '../parts/listChoices'
import { Pager } from '../parts/Pager'
import { useRowKeys } from '../parts/useRowKeys'
import { one, positive } from '../search'
import { useAddress } from '../useAddress'
import { BackfillDialog } from './BackfillDialog'
import { TRIGGER_COLUMNS } from './columns'
import { Row } from './Row'
import { TriggerDetails } from './TriggerDetails'
import { TriggersBulkBar } from './TriggersBulkBar'
import './triggers.css'

interface Props {
  filter: TriggerFilter
  onClear?: () => void
}

/** Triggers with their dates; rows move by themselves while a backfill runs. */
export function TriggersTable({ filter, onClear }: Props) {
  const [search, change] = useAddress()
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const [backfilled, setBackfilled] = useState<TriggerRow>()
  const [asked, setAsked] = useState<string>()
  const [page, size] = [positive(search, 'page', 1), positive(search, 'size', standardSize())]
  const sort = one(search, 'sort') || 'namespace:asc'
  const query = triggerFilters(filter)
  const { data, error } = useQuery(triggersQuery({ ...query, page, size, ...(one(search, 'sort') ? { sort } : {}) }))
  const canExport = useCan('GET /api/v1/triggers/export/by-query/csv')
  const rows = data?.results ?? []
  const ids = rows.map(({ triggerContext }) => nameOf(triggerContext))
  const chosen = rows.filter(({ triggerContext }) => ticked.has(nameOf(triggerContext)))
  const opened = rows.find(({ triggerContext }) => nameOf(triggerContext) === asked)
  const marked = useRowKeys(rows.length, (index) => setAsked(ids[index]))
  const tick = (id: string, isOn: boolean) => setTicked((before) => new Set(isOn ? [...before, id] : [...before].filter((item) => item !== id)))
  const showsFlow = !filter.flowId
  const columns = shownOf(TRIGGER_COLUMNS, useListChoices('triggers').columns).filter(({ id }) => id !== 'flow' || showsFlow)
  return (
    <>
      <ErrorBox error={error} />
      {chosen.length > 0 && <TriggersBulkBar keys={chosen.map(({ triggerContext }) => keysOf(triggerContext))} filter={query} total={data?.total ?? 0} onDone={() => setTicked(new Set())} />}
      {data?.total === 0 && <Empty what="triggers" isFiltered={Boolean(filter.q || filter.namespace || filter.state) && showsFlow} {...(onClear ? { onClear } : {})} />}
      {data && data.total > 0 && (
        <>
          <div className="panel table-scroll">
            <Table className="list" highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={34}><Checkbox size="xs" aria-label={t`Select all rows`} checked={chosen.length === rows.length} indeterminate={chosen.length > 0 && chosen.length < rows.length} onChange={(event) => setTicked(new Set(event.currentTarget.checked ? ids : []))} /></Table.Th>
                  <Table.Th w={30}><span className="only-heard">{t`Log`}</span></Table.Th>
                  <Table.Th>{t`On`}</Table.Th>
                  {columns.map(({ id, title, sort: field }) =>
                    field ? <Sortable key={id} title={title} field={field} sort={sort} onSort={(by) => change({ sort: nextSort(sort, by) })} /> : <Table.Th key={id}>{title}</Table.Th>)}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row, index) => {
                  const id = ids[index] as string
                  return (
                    <Row
                      key={id} row={row} columns={columns} isTicked={ticked.has(id)} isMarked={index === marked}
                      onTick={(isOn) => tick(id, isOn)} onAsk={() => setAsked(id)} onBackfill={() => setBackfilled(row)}
                    />
                  )
                })}
              </Table.Tbody>
            </Table>
          </div>
          <Pager page={page} size={size} total={data.total} csv={canExport ? csvOf('triggers', query) : undefined} onChange={(next, count) => change({ page: next, size: count })} />
        </>
      )}
      {backfilled && <BackfillDialog row={backfilled} onClose={() => setBackfilled(undefined)} />}
      {opened && <TriggerDetails row={opened} onClose={() => setAsked(undefined)} />}
    </>
  )
}
