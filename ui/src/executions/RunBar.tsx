import { Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useCan } from '../api/capabilities'
import { executionQuery } from '../api/executions'
import type { Execution, TaskRun } from '../api/types'
import { counted, t } from '../language'
import { Duration } from '../parts/Duration'
import { StateBadge } from '../parts/StateBadge'
import { hasEnded } from '../parts/states'
import { ReplayDialog } from './dialogs/ReplayDialog'
import { RunStateDialog } from './dialogs/StateDialogs'
import { addressOf } from './ExecutionsTable'
import { RunMenu } from './RunMenu'
import { nameOf } from './tree'

interface Props {
  execution: Execution
  run: TaskRun
}

/** What the chosen task run is, and what can be done from it. */
export function RunBar({ execution, run }: Props) {
  const [open, setOpen] = useState<'replay' | 'state'>()
  const canReplay = useCan('POST /api/v1/executions/{}/replay') && hasEnded(execution.state.current)
  const canChange = useCan('POST /api/v1/executions/{}/state') && hasEnded(execution.state.current)
  const onClose = () => setOpen(undefined)
  const attempts = run.attempts?.length ?? 0
  return (
    <div className="panel" style={{ padding: '8px 10px', marginBottom: 8 }} role="group" aria-label={t`Chosen task run`}>
      <Group gap="xs">
        <StateBadge state={run.state.current} />
        <Text size="sm" fw={600} className="cut" maw={260} title={nameOf(run)}>{nameOf(run)}</Text>
        <Text size="xs" c="dimmed"><Duration state={run.state} />{attempts > 1 && `, ${counted(attempts, 'attempt')}`}</Text>
        <ChildLink execution={execution} run={run} />
        <Group gap="xs">
          {canChange && <Button size="compact-xs" variant="default" onClick={() => setOpen('state')}>{t`Change its state`}</Button>}
          {canReplay && <Button size="compact-xs" variant="default" onClick={() => setOpen('replay')}>{t`Replay from here`}</Button>}
          <RunMenu executionId={execution.id} run={run} />
        </Group>
      </Group>
      {open === 'replay' && <ReplayDialog execution={execution} from={run.id} onClose={onClose} />}
      {open === 'state' && <RunStateDialog execution={execution} run={run} onClose={onClose} />}
    </div>
  )
}

/** The way to what a Subflow or a ForEachItem has started. */
function ChildLink({ execution, run }: Props) {
  const outputs = (run.outputs ?? {}) as { executionId?: unknown; iterations?: Record<string, number> }
  if (typeof outputs.executionId === 'string') return <Child id={outputs.executionId} />
  const batches = Object.entries(outputs.iterations ?? {}).filter(([, count]) => count > 0)
  if (batches.length) {
    return (
      <Link to="/executions" search={{ triggerExecutionId: execution.id } as never} style={{ fontSize: 12 }}>
        {t`Batches: ${batches.map(([state, count]) => `${count} ${state}`).join(', ')}`}
      </Link>
    )
  }
  return <Link to={`${addressOf(execution)}/outputs`} style={{ fontSize: 12 }}>{t`Outputs`}</Link>
}

function Child({ id }: { id: string }) {
  const { data } = useQuery(executionQuery(id))
  if (!data) return null
  return (
    <Link to={addressOf(data)} style={{ fontSize: 12 }}>
      {data.flowId} <span className="mono">{id.slice(0, 8)}</span> <StateBadge state={data.state.current} />
    </Link>
  )
}
