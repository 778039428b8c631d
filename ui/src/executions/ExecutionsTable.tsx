import { Checkbox, Table, UnstyledButton } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Execution, Label } from '../api/types'
import { Duration } from '../parts/Duration'
import { Labels } from '../parts/Labels'
import { Moment } from '../parts/Moment'
import { StateBadge } from '../parts/StateBadge'
import { useRowKeys } from '../parts/useRowKeys'

interface Props {
  executions: readonly Execution[]
  sort: string
  onSort: (field: string) => void
  showsFlow: boolean
  onLabel: (label: Label) => void
  selected: readonly string[]
  onSelect: (id: string) => void
  onSelectAll: (all: boolean) => void
}

const SHORT_ID = 8

export const addressOf = ({ namespace, flowId, id }: Execution) => `/executions/${namespace}/${flowId}/${id}`

export function ExecutionsTable(props: Props) {
  const { executions, showsFlow, selected, onLabel } = props
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
                  aria-label={`Select execution ${execution.id}`}
                />
              </Table.Td>
              <Table.Td>
                <StateBadge state={execution.state.current} />
              </Table.Td>
              <Table.Td className="mono">
                <Link to={addressOf(execution)} title={execution.id}>
                  {execution.id.slice(0, SHORT_ID)}
                </Link>
              </Table.Td>
              {showsFlow && <FlowCells execution={execution} />}
              <Table.Td>
                <Moment at={execution.state.startDate} />
              </Table.Td>
              <Table.Td>
                <Duration state={execution.state} />
              </Table.Td>
              <Table.Td className="only-wide">
                <Labels labels={execution.labels} onPick={onLabel} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

function FlowCells({ execution: { namespace, flowId } }: { execution: Execution }) {
  return (
    <>
      <Table.Td className="wide-cell">
        <Link to={`/flows/edit/${namespace}/${flowId}/overview`}>{flowId}</Link>
      </Table.Td>
      <Table.Td className="only-wide">{namespace}</Table.Td>
    </>
  )
}

function Head({ executions, sort, onSort, showsFlow, selected, onSelectAll }: Props) {
  const all = selected.length > 0 && selected.length === executions.length
  const column = (title: string, field: string) => (
    <Sortable title={title} field={field} sort={sort} onSort={onSort} />
  )
  return (
    <Table.Thead>
      <Table.Tr>
        <Table.Th w={34} className="only-wide">
          <Checkbox
            size="xs" aria-label="Select all rows" checked={all} indeterminate={selected.length > 0 && !all}
            onChange={(event) => onSelectAll(event.currentTarget.checked)}
          />
        </Table.Th>
        {column('State', 'state.current')}
        {column('Id', 'id')}
        {showsFlow && column('Flow', 'flowId')}
        {showsFlow && <Sortable title="Namespace" field="namespace" sort={sort} onSort={onSort} isWide />}
        {column('Started', 'state.startDate')}
        {column('Duration', 'state.duration')}
        <Table.Th className="only-wide">Labels</Table.Th>
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
