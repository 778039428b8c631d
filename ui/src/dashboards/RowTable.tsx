import { Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Row } from '../api/dashboards'
import { part } from '../api/client'
import type { StateName } from '../api/types'
import { digits, t } from '../language'
import { Moment } from '../parts/Moment'
import { Pager } from '../parts/Pager'
import { StateBadge } from '../parts/StateBadge'
import type { Chart, Column } from './charts'
import { isState } from './paint'
import type { Place } from './useRows'
import { isDate, nameOf } from './values'

interface Props {
  chart: Chart
  rows: readonly Row[]
  total: number
  place: Place
  onPlace: (place: Place) => void
}

const LEAST_PAGE = 10

/** Rows as they came, a page at a time; what has a page of its own leads there. */
export function RowTable({ chart, rows, total, place, onPlace }: Props) {
  const { columns, hasHeader, isPaged, title } = chart
  return (
    <>
      <div className="table-scroll chart-rows" role="region" aria-label={t`Rows of ${title}`} tabIndex={0}>
        <Table>
          {hasHeader && (
            <Table.Thead>
              <Table.Tr>{columns.map((column) => <Table.Th key={column.name} scope="col" ta={column.align}>{column.title}</Table.Th>)}</Table.Tr>
            </Table.Thead>
          )}
          <Table.Tbody>
            {rows.map((row, index) => (
              <Table.Tr key={index}>
                {columns.map((column) => <Table.Td key={column.name} ta={column.align}><Cell chart={chart} column={column} row={row} /></Table.Td>)}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {isPaged && total > LEAST_PAGE && <Pager page={place.page} size={place.size} total={total} onChange={(page, size) => onPlace({ page, size })} />}
      {!isPaged && total > rows.length && <Text size="xs" c="dimmed">{t`The first ${rows.length} of ${digits(total)} rows.`}</Text>}
    </>
  )
}

function Cell({ chart, column, row }: { chart: Chart; column: Column; row: Row }) {
  const value = row[column.name]
  if (typeof value === 'string' && column.field === 'STATE' && isState(value)) return <StateBadge state={value as StateName} />
  if (typeof value === 'string' && isDate(column)) return <Moment at={value} />
  const text = nameOf(column, value)
  const to = addressOf(chart, column, row)
  return to ? <Link to={to}>{text}</Link> : <span className="row-text" title={text}>{text}</span>
}

/** The page that a value is the name of, where its row has what else the address needs. */
export function addressOf({ about, columns }: Pick<Chart, 'about' | 'columns'>, { field, aggregate, name }: Column, row: Row): string | undefined {
  const value = row[name]
  if (typeof value !== 'string' || !value || aggregate) return undefined
  const partOf = (wanted: string) => {
    const column = columns.find((other) => other.field === wanted && !other.aggregate)
    const found = column && row[column.name]
    return typeof found === 'string' && found ? part(found) : undefined
  }
  const [namespace, flow] = [partOf('NAMESPACE'), partOf('FLOW_ID')]
  if (field === 'NAMESPACE') return `/namespaces/edit/${part(value)}`
  if (!namespace) return undefined
  if (field === 'FLOW_ID' || (field === 'ID' && about === 'Flows')) return `/flows/edit/${namespace}/${part(value)}`
  const isExecution = field === 'EXECUTION_ID' || (field === 'ID' && about === 'Executions')
  return isExecution && flow ? `/executions/${namespace}/${flow}/${part(value)}` : undefined
}
