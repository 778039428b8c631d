import { ActionIcon, Checkbox, Switch, Table, Text } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useCan } from '../api/capabilities'
import { flowKeyOf, nextDates, nextRunsQuery, setFlowsDisabled } from '../api/flowSets'
import type { Execution, Flow } from '../api/types'
import { Sortable } from '../executions/ExecutionsTable'
import { Labels } from '../parts/Labels'
import { Moment } from '../parts/Moment'
import { failed } from '../parts/notes'
import { useRowKeys } from '../parts/useRowKeys'
import { shortType } from '../topology/graph'
import { keyOf, useHistory, type Day } from './history'
import { LastRuns } from './LastRuns'

interface Props {
  flows: readonly Flow[]
  sort: string
  ticked: readonly string[]
  onSort: (field: string) => void
  onExecute: (flow: Flow) => void
  onLabel: (label: string) => void
  onTick: (names: readonly string[], isOn: boolean) => void
}

export const nameOf = ({ namespace, id }: Flow) => keyOf(namespace, id)

const addressOf = ({ namespace, id }: Flow) => `/flows/edit/${namespace}/${id}/overview`

export function FlowsTable({ flows, sort, ticked, onSort, onExecute, onLabel, onTick }: Props) {
  const navigate = useNavigate()
  const history = useHistory(flows)
  const canSchedule = useCan('GET /api/v1/triggers/search')
  const triggers = useQuery({ ...nextRunsQuery(flows), enabled: canSchedule && flows.some((flow) => flow.triggers?.length) })
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
            <Table.Th w={34} className="only-wide"><Checkbox size="xs" aria-label="Select all rows" checked={count === names.length} indeterminate={count > 0 && count < names.length} onChange={(event) => onTick(names, event.currentTarget.checked)} /></Table.Th>
            <Table.Th>On</Table.Th>
            <Table.Th aria-label="Execute" w={30} />
            <Sortable title="Id" field="id" sort={sort} onSort={onSort} />
            <Sortable title="Namespace" field="namespace" sort={sort} onSort={onSort} />
            <Table.Th>Last execution</Table.Th>
            <Table.Th className="only-wide">Next run</Table.Th>
            <Table.Th className="only-wide">Labels</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {flows.map((flow, index) => {
            const name = nameOf(flow)
            return (
              <Row
                key={name} flow={flow} isMarked={index === chosen} isTicked={ticked.includes(name)} last={history.last.get(name)} days={history.days.get(name) ?? []} next={next.get(name)}
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
  isMarked: boolean
  isTicked: boolean
  last: Execution | undefined
  days: readonly Day[]
  next: string | undefined
  onTick: (isOn: boolean) => void
  onExecute: () => void
  onLabel: (label: string) => void
}

function Row({ flow, isMarked, isTicked, last, days, next, onTick, onExecute, onLabel }: RowProps) {
  const cache = useQueryClient()
  const { id, namespace, description, labels, triggers = [] } = flow
  const isDisabled = flow.disabled ?? false
  const toggle = useMutation({
    mutationFn: (disabled: boolean) => setFlowsDisabled([flowKeyOf(flow)], disabled),
    onError: failed,
    onSettled: () => Promise.all([cache.invalidateQueries({ queryKey: ['flows'] }), cache.invalidateQueries({ queryKey: ['flow', namespace, id] }), cache.invalidateQueries({ queryKey: ['triggers'] })]),
  })
  return (
    <Table.Tr data-selected={isMarked || isTicked || undefined} style={isDisabled ? { color: 'var(--mantine-color-dimmed)' } : {}}>
      <Table.Td className="only-wide"><Checkbox size="xs" aria-label={`Select ${id}`} checked={isTicked} onChange={(event) => onTick(event.currentTarget.checked)} /></Table.Td>
      <Table.Td><Switch size="xs" aria-label={`Flow ${id} is on`} checked={!isDisabled} disabled={toggle.isPending} onChange={(event) => toggle.mutate(!event.currentTarget.checked)} /></Table.Td>
      <Table.Td px={4}>
        <ActionIcon variant="subtle" size="sm" aria-label={`Execute ${id}`} title="Execute" disabled={isDisabled} onClick={onExecute}>
          <IconPlayerPlay size={15} />
        </ActionIcon>
      </Table.Td>
      <Table.Td className="wide-cell"><Link to={addressOf(flow)} title={description}>{id}</Link></Table.Td>
      <Table.Td>{namespace}</Table.Td>
      <Table.Td><LastRuns last={last} days={days} /></Table.Td>
      <Table.Td className="only-wide">{next && <Moment at={next} />} <Text span size="xs" c="dimmed">{[...new Set(triggers.map(({ type }) => shortType(type)))].join(', ')}</Text></Table.Td>
      <Table.Td className="only-wide last-cell"><Labels labels={labels} onPick={({ key, value }) => onLabel(`${key}:${value}`)} /></Table.Td>
    </Table.Tr>
  )
}
