import { Button, Popover } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { useState, type ComponentType } from 'react'
import { forceRun, pause } from '../api/acts'
import { useRoutes } from '../api/capabilities'
import { flowQuery } from '../api/flows'
import type { Execution, StateName } from '../api/types'
import { ExecuteDialog } from '../flows/ExecuteDialog'
import { givenBy } from '../inputs/values'
import { t } from '../language'
import { confirmed } from '../parts/confirmed'
import { failed } from '../parts/notes'
import { hasEnded } from '../parts/states'
import { ReplayDialog } from './dialogs/ReplayDialog'
import { RestartDialog } from './dialogs/RestartDialog'
import { BreakpointDialog, ResumeDialog } from './dialogs/ResumeDialog'
import { DeleteDialog, KillDialog, LabelsDialog, StateDialog, UnqueueDialog } from './dialogs/StateDialogs'
import { useAct, type DialogProps } from './dialogs/useAct'
import './actions.css'

const RESTARTABLE: ReadonlySet<StateName> = new Set(['FAILED', 'WARNING', 'KILLED', 'CANCELLED'])
const on = (action: string) => `POST /api/v1/executions/{}/${action}`
const is = (...states: StateName[]) => (state: StateName) => states.includes(state)
const goesOn = (state: StateName) => !hasEnded(state)

interface Action {
  verb: string
  /** For those that open no dialog of their own. */
  act?: 'again' | 'pause' | 'force' | 'delete'
  fits: (state: StateName) => boolean
  route?: string
  /** In the page's head; the others stand in the menu. */
  isMain?: boolean
  isGrave?: boolean
  dialog?: ComponentType<DialogProps>
  question?: string
}

const ACTIONS: readonly Action[] = [
  { verb: t`Execute with these inputs …`, act: 'again', fits: () => true },
  { verb: t`Set labels …`, fits: hasEnded, route: on('labels'), dialog: LabelsDialog },
  { verb: t`Change the state …`, fits: hasEnded, route: on('change-status'), dialog: StateDialog },
  { verb: t`Pause`, act: 'pause', fits: is('RUNNING'), route: on('pause'), isMain: true },
  { verb: t`Run at once`, act: 'force', fits: is('CREATED', 'QUEUED', 'PAUSED'), route: on('force-run'), question: t`Go on at once, whatever it waits for?` },
  { verb: t`Delete …`, act: 'delete', fits: () => true, isGrave: true },
  { verb: t`Unqueue`, fits: is('QUEUED'), route: on('unqueue'), isMain: true, dialog: UnqueueDialog },
  { verb: t`Kill`, fits: goesOn, isMain: true, isGrave: true, dialog: KillDialog },
  { verb: t`Restart`, fits: (state) => RESTARTABLE.has(state), route: on('restart'), isMain: true, dialog: RestartDialog },
  { verb: t`Replay`, fits: hasEnded, route: on('replay'), isMain: true, dialog: ReplayDialog },
  { verb: t`Resume`, fits: is('PAUSED'), route: on('resume'), isMain: true, dialog: ResumeDialog },
  { verb: t`Go on`, fits: is('BREAKPOINT'), route: on('resume-from-breakpoint'), isMain: true, dialog: BreakpointDialog },
]

/** What can be done with an execution in the state it is in, on a server of these routes. */
export function Actions({ execution }: { execution: Execution }) {
  const routes = useRoutes()
  const [open, setOpen] = useState<Action>()
  const [isMore, setMore] = useState(false)
  const onClose = () => setOpen(undefined)
  const pausing = useAct({ execution, onClose }, t`It pauses before its next task`, () => pause(execution.id))
  const forcing = useAct({ execution, onClose }, t`It goes on`, () => forceRun(execution.id))
  const fitting = ACTIONS.filter(({ fits, route }) => fits(execution.state.current) && (!route || routes?.has(route)))
  const act = (action: Action) => {
    setMore(false)
    if (action.act === 'pause') pausing.mutate(undefined, { onError: failed })
    else if (action.act !== 'force') setOpen(action)
    else if (confirmed(action.question ?? '')) forcing.mutate(undefined, { onError: failed })
  }
  return (
    <>
      <Popover position="bottom-end" opened={isMore} onChange={setMore} trapFocus returnFocus>
        <Popover.Target>
          <Button variant="subtle" color="gray" c="inherit" onClick={() => setMore(!isMore)}>{t`More`} ▾</Button>
        </Popover.Target>
        <Popover.Dropdown p={4} aria-label={t`More actions`}>
          {fitting.filter(({ isMain }) => !isMain).map((action) => (
            <button key={action.verb} type="button" className="choice" data-grave={action.isGrave} onClick={() => act(action)}>{action.verb}</button>
          ))}
        </Popover.Dropdown>
      </Popover>
      {fitting.filter(({ isMain }) => isMain).map((action) => (
        <Button
          key={action.verb} variant={action.isGrave ? 'outline' : 'default'} loading={action.act === 'pause' && pausing.isPending} onClick={() => act(action)}
          {...(action.isGrave ? { color: 'red', c: 'var(--mantine-color-error)' } : {})}
        >
          {action.verb}
        </Button>
      ))}
      {open && <Opened action={open} execution={execution} onClose={onClose} />}
    </>
  )
}

function Opened({ action, execution, onClose }: DialogProps & { action: Action }) {
  const navigate = useNavigate()
  const onDeleted = () => void navigate({ to: '/executions' })
  if (action.act === 'again') return <Again execution={execution} onClose={onClose} />
  if (action.act === 'delete') return <DeleteDialog execution={execution} onClose={onClose} onDeleted={onDeleted} />
  const Chosen = action.dialog
  return Chosen ? <Chosen execution={execution} onClose={onClose} /> : null
}

/** The form of the flow as it is now, filled in with what this execution was given. */
function Again({ execution, onClose }: DialogProps) {
  const { data: flow } = useQuery(flowQuery(execution.namespace, execution.flowId))
  return flow ? <ExecuteDialog flow={flow} onClose={onClose} given={givenBy(flow.inputs ?? [], execution.inputs)} /> : null
}
