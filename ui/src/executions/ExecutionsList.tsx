import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { executionsQuery } from '../api/executions'
import type { Label } from '../api/types'
import { ChartSwitch } from '../parts/ChartSwitch'
import { ColumnChooser } from '../parts/ColumnChooser'
import { shownOf } from '../parts/columns'
import { countedOf, narrowedTo } from '../parts/counting'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { ExecutionStrip } from '../parts/ExecutionStrip'
import { useListChoices } from '../parts/listChoices'
import { Pager } from '../parts/Pager'
import { SavedSearches } from '../parts/SavedSearches'
import { useDefaultNamespace } from '../parts/useDefaultNamespace'
import { many, one, positive } from '../search'
import { useAddress } from '../useAddress'
import { BulkBar } from './BulkBar'
import { EXECUTION_COLUMNS } from './columns'
import { ExecutionsTable } from './ExecutionsTable'
import { FilterBar } from './FilterBar'
import { executionsOf, isFiltered, nextSort, noFilters, SAVED, standardSize, toggled } from './filters'

type Fixed = Readonly<{ namespace?: string; flowId?: string }>

/** Executions as the address filters them; `fixed` limits them to what the page is about. */
export function ExecutionsList({ fixed = {} }: { fixed?: Fixed }) {
  const [search, change] = useAddress()
  useDefaultNamespace(search, change, fixed.namespace === undefined)
  const [selected, setSelected] = useState<readonly string[]>([])
  const { data, error, isPending } = useQuery(executionsQuery(executionsOf(search, fixed)))
  const ofFlow = fixed.flowId !== undefined
  const columns = EXECUTION_COLUMNS.filter(({ isOfFlow }) => !(ofFlow && isOfFlow))
  const { columns: chosen, hidesChart } = useListChoices('executions')
  const counted = hidesChart ? undefined : countedOf(search, fixed, new Date())
  const sort = one(search, 'sort') || 'state.startDate:desc'
  const pickLabel = ({ key, value }: Label) => {
    const label = `${key}:${value}`
    if (!many(search, 'labels').includes(label)) change({ labels: [...many(search, 'labels'), label], page: undefined })
  }
  return (
    <>
      <FilterBar search={search} change={change} ofFlow={ofFlow}>
        <SavedSearches list="executions" search={search} names={SAVED} change={change} />
        <ChartSwitch list="executions" />
        <ColumnChooser list="executions" columns={EXECUTION_COLUMNS} offered={columns} />
      </FilterBar>
      <ErrorBox error={error} />
      {counted && !error && <ExecutionStrip counted={counted} onOpen={(bars, index) => change(narrowedTo(bars, index))} />}
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
