import { ActionIcon, Menu } from '@mantine/core'
import { IconDotsVertical } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useCan } from '../api/capabilities'
import { API, part, withQuery } from '../api/client'
import { executionQuery } from '../api/executions'
import { deleteLogsOfRun } from '../api/logs'
import type { Execution, TaskRun } from '../api/types'
import { t } from '../language'
import { confirmed } from '../parts/confirmed'
import { done, failed } from '../parts/notes'
import { hasEnded } from '../parts/states'
import { ReplayDialog } from './dialogs/ReplayDialog'
import { RunStateDialog } from './dialogs/StateDialogs'
import { addressOf } from './ExecutionsTable'
import { nameOf } from './tree'
import { TaskSource } from './TaskSource'

interface Props {
  executionId: string
  run: TaskRun
}

/** What can be done with one task run and its log. */
export function RunMenu({ executionId, run }: Props) {
  const { data: execution } = useQuery({ ...executionQuery(executionId), refetchInterval: false })
  return execution ? <Known execution={execution} run={run} /> : null
}

function Known({ execution, run }: { execution: Execution; run: TaskRun }) {
  const [open, setOpen] = useState<'replay' | 'state' | 'source'>()
  const isOver = hasEnded(execution.state.current)
  const canReplay = useCan('POST /api/v1/executions/{}/replay') && isOver
  const canChange = useCan('POST /api/v1/executions/{}/state') && isOver
  const cache = useQueryClient()
  const name = nameOf(run)
  const forget = useMutation({
    mutationFn: () => deleteLogsOfRun(execution.id, run.id),
    onSuccess: () => done(t`The log of ${name} is deleted`),
    onError: failed,
    onSettled: () => cache.invalidateQueries({ queryKey: ['logs'] }),
  })
  const onClose = () => setOpen(undefined)
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="subtle" c="dimmed" size={26} aria-label={t`What can be done with ${name}`} title={t`What can be done with ${name}`}><IconDotsVertical size={15} stroke={1.6} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} to={`${addressOf(execution)}/outputs`}>{t`Outputs`}</Menu.Item>
          <Menu.Item component={Link} to={`${addressOf(execution)}/metrics`}>{t`Metrics`}</Menu.Item>
          <Menu.Item onClick={() => setOpen('source')}>{t`Source of the task`}</Menu.Item>
          <Menu.Divider />
          {canReplay && <Menu.Item onClick={() => setOpen('replay')}>{t`Replay from here`}</Menu.Item>}
          {canChange && <Menu.Item onClick={() => setOpen('state')}>{t`Change its state`}</Menu.Item>}
          <Menu.Item component="a" href={withQuery(`${API}/logs/${part(execution.id)}/download`, { taskRunId: run.id })} download>{t`Download its log`}</Menu.Item>
          <Menu.Item c="var(--mantine-color-error)" onClick={() => confirmed(t`Delete the log of ${name}? This cannot be undone.`) && forget.mutate()}>{t`Delete its log`}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === 'replay' && <ReplayDialog execution={execution} from={run.id} onClose={onClose} />}
      {open === 'state' && <RunStateDialog execution={execution} run={run} onClose={onClose} />}
      {open === 'source' && <TaskSource execution={execution} taskId={run.taskId} onClose={onClose} />}
    </>
  )
}
