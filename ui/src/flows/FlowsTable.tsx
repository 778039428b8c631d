import { ActionIcon, Checkbox, Switch, Table, Text } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useCan } from '../api/capabilities'
import { flowKeyOf, nextDates, nextRunsQuery, setFlowsDisabled } from '../api/flowSets'
import type { Execution, Flow } from '../api/types'
import { Sortable } from '../executions/ExecutionsTable'
import { t } from '../language'
import { Labels } from '../parts/Labels'
import { Moment } from '../parts/Moment'
import { failed } from '../parts/notes'
import { useRowKeys } from '../parts/useRowKeys'
import { shortType } from '../topology/graph'
import type { FlowColumn } from './columns'
import { keyOf, useHistory, type Day } from './history'
import { LastRuns } from './LastRuns'

interface Props {
  flows: readonly Flow[]
  columns: readonly FlowColumn[]
  sort: string
  ticked: readonly string[]
  onSort: (field: string) => void
  onExecute: (flow: Flow) => void
  onLabel: (label: string) => void
  onTick: (names: readonly string[], isOn: boolean) => void
}

export const nameOf = ({ namespace, id }: Flow) => keyOf(namespace, id)

const NO_FLOWS: readonly Flow[] = []

const addressOf = ({ namespace, id }: Flow) => `/flows/edit/${namespace}/${id}/overview`

export function FlowsTable({ flows, columns, sort, ticked, onSort, onExecute, onLabel, onTick }: Props) {
  const navigate = useNavigate()
  const has = (id: string) => columns.some((column) => column.id === id)
  const history = useHistory(has('last') ? flows : NO_FLOWS)
  const canSchedule = useCan('GET /api/v1/triggers/search')
  const triggers = useQuery({ ...nextRunsQuery(flows), enabled: canSchedule && has('next') && flows.some((flow) => flow.triggers?.length) })
  const next = nextDates(triggers.data?.results ?? [])
  const chosen = useRowKeys(flows.length, (index) => {
    const flow = flows[index]
    if (flow) void navigate({ to: addressOf(flow) })
  })
  const names = flows.map(nameOf)
  const count = names.filter((name) => ticked.includes(name)).length
  return (
    <div className="panel table-scroll">
      <Table highlightOnHover className="list">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={34} className="only-wide"><Checkbox size="xs" aria-label={t`Select all rows`} checked={count === names.length} indeterminate={count > 0 && count < names.length} onChange={(event) => onTick(names, event.currentTarget.checked)} /></Table.Th>
            <Table.Th>{t`On`}</Table.Th>
            <Table.Th aria-label={t`Execute`} w={30} />
            {columns.map(({ id, title, sort: field, isWide }) =>
              field ? <Sortable key={id} title={title} field={field} sort={sort} onSort={onSort} /> : <Table.Th key={id} className={isWide ? 'only-wide' : undefined}>{title}</Table.Th>,
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {flows.map((flow, index) => {
            const name = nameOf(flow)
            return (
              <Row
                key={name} flow={flow} columns={columns} isMarked={index === chosen} isTicked={ticked.includes(name)} last={history.last.get(name)} days={history.days.get(name) ?? []} next={next.get(name)}
                onTick={(isOn) => onTick([name], isOn)} onExecute={() => onExecute(flow)} onLabel={onLabel}
              />
            )
          })}
        </Table.Tbody>
      </Table>
    </div>
  )
}

interface RowProps {
  flow: Flow
  columns: readonly FlowColumn[]
  isMarked: boolean
  isTicked: boolean
  last: Execution | undefined
  days: readonly Day[]
  next: string | undefined
  onTick: (isOn: boolean) => void
  onExecute: () => void
  onLabel: (label: string) => void
}

function Row({ flow, columns, isMarked, isTicked, last, days, next, onTick, onExecute, onLabel }: RowProps) {
  const cache = useQueryClient()
  const { id, namespace } = flow
  const isDisabled = flow.disabled ?? false
  const toggle = useMutation({
    mutationFn: (disabled: boolean) => setFlowsDisabled([flowKeyOf(flow)], disabled),
    onError: failed,
    onSettled: () => Promise.all([cache.invalidateQueries({ queryKey: ['flows'] }), cache.invalidateQueries({ queryKey: ['flow', namespace, id] }), cache.invalidateQueries({ queryKey: ['triggers'] })]),
  })
  return (
    <Table.Tr data-selected={isMarked || isTicked || undefined} style={isDisabled ? { color: 'var(--mantine-color-dimmed)' } : {}}>
      <Table.Td className="only-wide"><Checkbox size="xs" aria-label={t`Select ${id}`} checked={isTicked} onChange={(event) => onTick(event.currentTarget.checked)} /></Table.Td>
      <Table.Td><Switch size="xs" aria-label={t`Flow ${id} is on`} checked={!isDisabled} disabled={toggle.isPending} onChange={(event) => toggle.mutate(!event.currentTarget.checked)} /></Table.Td>
      <Table.Td px={4}>
        <ActionIcon variant="subtle" size="sm" aria-label={t`Execute ${id}`} title={t`Execute`} disabled={isDisabled} onClick={onExecute}>
          <IconPlayerPlay size={15} />
        </ActionIcon>
      </Table.Td>
      {columns.map((column) => <Cell key={column.id} column={column} flow={flow} last={last} days={days} next={next} onLabel={onLabel} />)}
    </Table.Tr>
  )
}

type CellProps = Pick<RowProps, 'flow' | 'last' | 'days' | 'next' | 'onLabel'> & { column: FlowColumn }

function Cell({ column, flow, last, days, next, onLabel }: CellProps) {
  const { id, namespace, description, revision, labels, triggers = [] } = flow
  switch (column.id) {
    case 'id': return <Table.Td className="wide-cell"><Link to={addressOf(flow)} title={description}>{id}</Link></Table.Td>
    case 'namespace': return <Table.Td>{namespace}</Table.Td>
    case 'description': return <Table.Td className="only-wide"><div className="cut" style={{ maxWidth: 260 }} title={description}>{description}</div></Table.Td>
    case 'revision': return <Table.Td className="only-wide">{revision}</Table.Td>
    case 'last': return <Table.Td><LastRuns last={last} days={days} /></Table.Td>
    case 'next': return <Table.Td className="only-wide">{next && <Moment at={next} />} <Text span size="xs" c="dimmed">{[...new Set(triggers.map(({ type }) => shortType(type)))].join(', ')}</Text></Table.Td>
    default: return <Table.Td className="only-wide last-cell"><Labels labels={labels} onPick={({ key, value }) => onLabel(`${key}:${value}`)} /></Table.Td>
  }
}
