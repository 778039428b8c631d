import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { memo, useDeferredValue } from 'react'
import { ApiError } from '../api/client'
import { executionQuery } from '../api/executions'
import { isSettled, useFollowed, type Line } from '../api/follow'
import type { Execution, TaskRun } from '../api/types'
import { rich, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { StateBadge } from '../parts/StateBadge'
import { hasEnded } from '../parts/states'
import { tabOf, Tabs } from '../parts/Tabs'
import { Actions } from './Actions'
import { topology, useTopologyAhead } from './ahead'
import { Gantt } from './Gantt'
import { useFetched } from './later'
import { LogView } from './LogView'
import { Metrics } from './Metrics'
import { Outputs } from './Outputs'
import { Overview } from './Overview'
import { useStanding } from './useStanding'
import { Waiting } from './Waiting'

const NONE: readonly TaskRun[] = []
const TABS = [
  { id: 'overview', title: t`Overview` },
  { id: 'gantt', title: t`Gantt` },
  { id: 'logs', title: t`Logs` },
  { id: 'topology', title: t`Topology` },
  { id: 'outputs', title: t`Outputs` },
  { id: 'metrics', title: t`Metrics` },
]

export default function ExecutionPage() {
  const { id = '', tab: wanted } = useParams({ strict: false }) as { id?: string; tab?: string }
  const { data: execution, error } = useQuery(executionQuery(id))
  if (error instanceof ApiError && error.status === 404) return <Gone id={id} />
  if (error) return <ErrorBox error={error} />
  if (!execution) return <PageHead title={id} />
  return <Known key={id} execution={execution} tab={tabOf(TABS, wanted)} />
}

function Gone({ id }: { id: string }) {
  return (
    <>
      <PageHead title={t`No such execution`} />
      <p>
        {rich`Execution ${id} does not exist, or was deleted. See ${<Link key="all" to="/executions">{t`all executions`}</Link>}.`}
      </p>
    </>
  )
}

const LINES: Partial<Record<Line, string>> = { live: t`live`, lost: t`connection lost, trying again` }

interface KnownProps {
  execution: Execution
  tab: string
}

/** What is told of an execution that goes on is drawn behind what somebody does on its page. */
function Known({ execution, tab }: KnownProps) {
  return <Shown execution={useDeferredValue(execution)} tab={tab} />
}

const Shown = memo(function Shown({ execution, tab }: KnownProps) {
  const { id, namespace, flowId, state, taskRunList = NONE } = execution
  const standing = useStanding(taskRunList)
  const line = useFollowed(id, isSettled(execution))
  const prepare = useTopologyAhead(execution)
  const isLive = !hasEnded(state.current)
  const flow = `/flows/edit/${namespace}/${flowId}`
  return (
    <>
      <PageHead
        title={id}
        badge={<><StateBadge state={state.current} /> {isLive && <small role="status">{LINES[line]}</small>}</>}
        crumbs={
          <>
            <Link to={`/namespaces/edit/${namespace}`}>{namespace}</Link> / <Link to={`${flow}/overview`}>{flowId}</Link> /{' '}
            <Link to={`${flow}/executions`}>{t`executions`}</Link>
          </>
        }
      >
        <Actions execution={execution} />
      </PageHead>
      <Tabs tabs={TABS} current={tab} base={`/executions/${namespace}/${flowId}/${id}`} name={t`Parts of the execution`} onIntent={prepare} />
      <Waiting execution={execution} />
      <div style={{ paddingTop: 12 }}>
        {tab === 'overview' && <Overview execution={execution} />}
        {tab === 'gantt' && <Gantt execution={execution} standing={standing} isLive={isLive} />}
        {tab === 'logs' && <LogView executionId={id} isLive={isLive} runs={standing} height="calc(100dvh - 175px)" canGroup />}
        {tab === 'topology' && <Topology execution={execution} />}
        {tab === 'outputs' && <Outputs execution={execution} />}
        {tab === 'metrics' && <Metrics execution={execution} />}
      </div>
    </>
  )
})

function Topology({ execution }: { execution: Execution }) {
  const part = useFetched(topology)
  return part ? <part.default execution={execution} /> : <p aria-busy>{t`Drawing …`}</p>
}
