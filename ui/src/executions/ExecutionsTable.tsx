import { Checkbox, Table, UnstyledButton } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { Execution, Label } from '../api/types'
import { t } from '../language'
import { useRowKeys } from '../parts/useRowKeys'
import type { ExecutionColumn } from './columns'

interface Props {
  executions: readonly Execution[]
  columns: readonly ExecutionColumn[]
  sort: string
  onSort: (field: string) => void
  onLabel: (label: Label) => void
  selected: readonly string[]
  onSelect: (id: string) => void
  onSelectAll: (all: boolean) => void
}

export const addressOf = ({ namespace, flowId, id }: Execution) => `/executions/${namespace}/${flowId}/${id}`

const classOf = ({ className, isWide }: ExecutionColumn) => (isWide ? 'only-wide' : className)

export function ExecutionsTable(props: Props) {
  const { executions, columns, selected, onLabel } = props
  const navigate = useNavigate()
  const chosen = useRowKeys(executions.length, (index) => {
    const execution = executions[index]
    if (execution) void navigate({ to: addressOf(execution) })
  })
  return (
    <div className="table-scroll panel">
      <Table highlightOnHover className="list">
        <Head {...props} />
        <Table.Tbody>
          {executions.map((execution, index) => (
            <Table.Tr
              key={execution.id} data-selected={index === chosen || undefined} onDoubleClick={() => void navigate({ to: addressOf(execution) })}
            >
              <Table.Td className="only-wide">
                <Checkbox
                  size="xs" checked={selected.includes(execution.id)} onChange={() => props.onSelect(execution.id)}
                  aria-label={t`Select execution ${execution.id}`}
                />
              </Table.Td>
              {columns.map((column) => (
                <Table.Td key={column.id} className={classOf(column)}>{column.cell(execution, onLabel)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

function Head({ executions, columns, sort, onSort, selected, onSelectAll }: Props) {
  const all = selected.length > 0 && selected.length === executions.length
  return (
    <Table.Thead>
      <Table.Tr>
        <Table.Th w={34} className="only-wide">
          <Checkbox
            size="xs" aria-label={t`Select all rows`} checked={all} indeterminate={selected.length > 0 && !all}
            onChange={(event) => onSelectAll(event.currentTarget.checked)}
          />
        </Table.Th>
        {columns.map(({ id, title, sort: field, isWide = false }) =>
          field ? (
            <Sortable key={id} title={title} field={field} sort={sort} onSort={onSort} isWide={isWide} />
          ) : (
            <Table.Th key={id} className={isWide ? 'only-wide' : undefined}>{title}</Table.Th>
          ),
        )}
      </Table.Tr>
    </Table.Thead>
  )
}

interface SortableProps {
  title: string
  field: string
  sort: string
  onSort: (field: string) => void
  isWide?: boolean
}

export function Sortable({ title, field, sort, onSort, isWide = false }: SortableProps) {
  const [by, direction] = sort.split(':')
  const isActive = by === field
  return (
    <Table.Th
      className={isWide ? 'only-wide' : undefined}
      aria-sort={isActive ? (direction === 'asc' ? 'ascending' : 'descending') : 'none'}
    >
      <UnstyledButton fz="inherit" c={isActive ? 'var(--mantine-color-text)' : 'inherit'} onClick={() => onSort(field)}>
        {title} {isActive ? (direction === 'asc' ? '↑' : '↓') : ''}
      </UnstyledButton>
    </Table.Th>
  )
}
