import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { ApiError } from '../api/client'
import { executionQuery } from '../api/executions'
import { useFollowed, type Line } from '../api/follow'
import type { Execution } from '../api/types'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { StateBadge } from '../parts/StateBadge'
import { hasEnded } from '../parts/states'
import { tabOf, Tabs } from '../parts/Tabs'
import { Actions } from './Actions'
import { Gantt } from './Gantt'
import { LogView } from './LogView'
import { Metrics } from './Metrics'
import { Outputs } from './Outputs'
import { Overview } from './Overview'
import { Waiting } from './Waiting'

const loadTopology = () => import('../topology/ExecutionTopology')
const ExecutionTopology = lazy(loadTopology)
const prepare = (tab: string) => {
  if (tab === 'topology') void loadTopology()
}

const TABS = [
  { id: 'overview', title: 'Overview' },
  { id: 'gantt', title: 'Gantt' },
  { id: 'logs', title: 'Logs' },
  { id: 'topology', title: 'Topology' },
  { id: 'outputs', title: 'Outputs' },
  { id: 'metrics', title: 'Metrics' },
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
      <PageHead title="No such execution" />
      <p>
        Execution {id} does not exist, or was deleted. See <Link to="/executions">all executions</Link>.
      </p>
    </>
  )
}

const LINES: Partial<Record<Line, string>> = { live: 'live', lost: 'connection lost, trying again' }

function Known({ execution, tab }: { execution: Execution; tab: string }) {
  const { id, namespace, flowId, state, taskRunList = [] } = execution
  const isSettled = hasEnded(state.current) && taskRunList.every((run) => hasEnded(run.state.current))
  const line = useFollowed(id, isSettled)
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
            <Link to={`${flow}/executions`}>executions</Link>
          </>
        }
      >
        <Actions execution={execution} />
      </PageHead>
      <Tabs tabs={TABS} current={tab} base={`/executions/${namespace}/${flowId}/${id}`} name="Parts of the execution" onIntent={prepare} />
      <Waiting execution={execution} />
      <div style={{ paddingTop: 12 }}>
        {tab === 'overview' && <Overview execution={execution} />}
        {tab === 'gantt' && <Gantt execution={execution} isLive={isLive} />}
        {tab === 'logs' && <LogView executionId={id} isLive={isLive} runs={execution.taskRunList ?? []} height="calc(100dvh - 175px)" />}
        {tab === 'topology' && (
          <Suspense fallback={<p aria-busy>Drawing …</p>}>
            <ExecutionTopology execution={execution} />
          </Suspense>
        )}
        {tab === 'outputs' && <Outputs execution={execution} />}
        {tab === 'metrics' && <Metrics execution={execution} />}
      </div>
    </>
  )
}
