import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Query } from '../api/client'
import { executionsQuery } from '../api/executions'
import type { Label } from '../api/types'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { Pager } from '../parts/Pager'
import { many, one, positive } from '../search'
import { useAddress } from '../useAddress'
import { BulkBar } from './BulkBar'
import { ExecutionsTable } from './ExecutionsTable'
import { FilterBar } from './FilterBar'
import { executionsOf, isFiltered, nextSort, noFilters, standardSize, toggled } from './filters'

/** Executions as the address filters them; `fixed` limits them to what the page is about. */
export function ExecutionsList({ fixed = {} }: { fixed?: Query }) {
  const [search, change] = useAddress()
  const [selected, setSelected] = useState<readonly string[]>([])
  const { data, error, isPending } = useQuery(executionsQuery(executionsOf(search, fixed)))
  const sort = one(search, 'sort') || 'state.startDate:desc'
  const pickLabel = ({ key, value }: Label) => {
    const label = `${key}:${value}`
    if (!many(search, 'labels').includes(label)) change({ labels: [...many(search, 'labels'), label], page: undefined })
  }
  return (
    <>
      <FilterBar search={search} change={change} ofFlow={fixed.flowId !== undefined} />
      <ErrorBox error={error} />
      {selected.length > 0 && <BulkBar ids={selected} onDone={() => setSelected([])} />}
      {data && data.results.length === 0 && (
        <Empty what="executions" isFiltered={isFiltered(search)} onClear={() => change(noFilters())} />
      )}
      {data && data.results.length > 0 && (
        <ExecutionsTable
          executions={data.results} sort={sort} onSort={(field) => change({ sort: nextSort(sort, field), page: undefined })}
          showsFlow={fixed.flowId === undefined} onLabel={pickLabel} selected={selected}
          onSelect={(id) => setSelected(toggled(selected, id))}
          onSelectAll={(all) => setSelected(all ? data.results.map(({ id }) => id) : [])}
        />
      )}
      {isPending && !error && <div style={{ minHeight: 300 }} aria-busy />}
      {data && data.total > 0 && (
        <Pager
          page={positive(search, 'page', 1)} size={positive(search, 'size', standardSize())} total={data.total}
          onChange={(page, size) => change({ page, size })}
        />
      )}
    </>
  )
}
