import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Query } from '../api/client'
import { executionsQuery } from '../api/executions'
import type { Label } from '../api/types'
import { ColumnChooser } from '../parts/ColumnChooser'
import { shownOf } from '../parts/columns'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { useListChoices } from '../parts/listChoices'
import { Pager } from '../parts/Pager'
import { many, one, positive } from '../search'
import { useAddress } from '../useAddress'
import { BulkBar } from './BulkBar'
import { EXECUTION_COLUMNS } from './columns'
import { ExecutionsTable } from './ExecutionsTable'
import { FilterBar } from './FilterBar'
import { executionsOf, isFiltered, nextSort, noFilters, standardSize, toggled } from './filters'

/** Executions as the address filters them; `fixed` limits them to what the page is about. */
export function ExecutionsList({ fixed = {} }: { fixed?: Query }) {
  const [search, change] = useAddress()
  const [selected, setSelected] = useState<readonly string[]>([])
  const { data, error, isPending } = useQuery(executionsQuery(executionsOf(search, fixed)))
  const ofFlow = fixed.flowId !== undefined
  const columns = EXECUTION_COLUMNS.filter(({ isOfFlow }) => !(ofFlow && isOfFlow))
  const { columns: chosen } = useListChoices('executions')
  const sort = one(search, 'sort') || 'state.startDate:desc'
  const pickLabel = ({ key, value }: Label) => {
    const label = `${key}:${value}`
    if (!many(search, 'labels').includes(label)) change({ labels: [...many(search, 'labels'), label], page: undefined })
  }
  return (
    <>
      <FilterBar search={search} change={change} ofFlow={ofFlow}>
        <ColumnChooser list="executions" columns={EXECUTION_COLUMNS} offered={columns} />
      </FilterBar>
      <ErrorBox error={error} />
      {selected.length > 0 && <BulkBar ids={selected} onDone={() => setSelected([])} />}
      {data && data.results.length === 0 && (
        <Empty what="executions" isFiltered={isFiltered(search)} onClear={() => change(noFilters())} />
      )}
      {data && data.results.length > 0 && (
        <ExecutionsTable
          executions={data.results} columns={shownOf(columns, chosen)} sort={sort} onSort={(field) => change({ sort: nextSort(sort, field), page: undefined })}
          onLabel={pickLabel} selected={selected}
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
