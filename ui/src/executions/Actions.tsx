import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useRoutes } from '../api/capabilities'
import { actOn, deleteExecution, executionQuery, killExecution } from '../api/executions'
import type { Execution, StateName } from '../api/types'
import { confirmed } from '../parts/confirmed'
import { done, failed } from '../parts/notes'
import { hasEnded } from '../parts/states'
import { addressOf } from './ExecutionsTable'

interface Action {
  verb: string
  fits: (state: StateName) => boolean
  act: (id: string) => Promise<unknown>
  route?: string
  asks?: string
}

const RESTARTABLE: ReadonlySet<StateName> = new Set(['FAILED', 'WARNING', 'KILLED', 'CANCELLED'])
const on = (action: string) => `POST /api/v1/executions/{}/${action}`
const post = (action: string) => (id: string) => actOn(id, action)

const ACTIONS: readonly Action[] = [
  { verb: 'Resume', fits: (state) => state === 'PAUSED', act: post('resume'), route: on('resume') },
  { verb: 'Pause', fits: (state) => state === 'RUNNING', act: post('pause'), route: on('pause') },
  { verb: 'Unqueue', fits: (state) => state === 'QUEUED', act: post('unqueue'), route: on('unqueue') },
  { verb: 'Restart', fits: (state) => RESTARTABLE.has(state), act: post('restart'), route: on('restart') },
  { verb: 'Replay', fits: hasEnded, act: post('replay'), route: on('replay') },
  { verb: 'Kill', fits: (state) => !hasEnded(state), act: killExecution, asks: 'Kill this execution?' },
]

/** What can be done with an execution in the state it is in, on a server of these routes. */
export function Actions({ execution }: { execution: Execution }) {
  const routes = useRoutes()
  const cache = useQueryClient()
  const navigate = useNavigate()
  const run = useMutation({
    mutationFn: ({ act }: Action) => act(execution.id) as Promise<Execution | undefined>,
    onSuccess: (reply, { verb }) => {
      done(`${verb}: the server is on it`)
      if (reply?.id && reply.id !== execution.id) void navigate({ to: `${addressOf(reply)}/gantt` })
      else void cache.invalidateQueries({ queryKey: executionQuery(execution.id).queryKey })
    },
    onError: failed,
  })
  const remove = useMutation({
    mutationFn: () => deleteExecution(execution.id),
    onSuccess: () => {
      done('The execution is deleted')
      void navigate({ to: '/executions' })
    },
    onError: failed,
  })
  const state = execution.state.current
  return (
    <>
      {hasEnded(state) && (
        <Button variant="subtle" color="gray" c="inherit" loading={remove.isPending}
          onClick={() => confirmed('Delete this execution with its logs and files?') && remove.mutate()}>
          Delete
        </Button>
      )}
      {ACTIONS.filter(({ fits, route }) => fits(state) && (!route || routes?.has(route))).map((action) => (
        <Button
          key={action.verb} variant={action.verb === 'Kill' ? 'outline' : 'default'} {...(action.verb === 'Kill' ? { color: 'red', c: 'var(--mantine-color-error)' } : {})}
          loading={run.isPending && run.variables.verb === action.verb}
          onClick={() => (!action.asks || confirmed(action.asks)) && run.mutate(action)}
        >
          {action.verb}
        </Button>
      ))}
    </>
  )
}
