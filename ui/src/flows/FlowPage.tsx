import { Badge, Button } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { ApiError } from '../api/client'
import { flowQuery } from '../api/flows'
import type { Flow } from '../api/types'
import { ExecutionsList } from '../executions/ExecutionsList'
import { t } from '../language'
import { LogsList } from '../logs/LogsList'
import { ErrorBox } from '../parts/ErrorBox'
import { Late } from '../parts/Late'
import { PageHead } from '../parts/PageHead'
import { tabOf, Tabs } from '../parts/Tabs'
import { one } from '../search'
import { topology } from '../topology/fetched'
import { FlowTriggers } from '../triggers/FlowTriggers'
import { useAddress } from '../useAddress'
import { ExecuteDialog } from './ExecuteDialog'
import { FlowOverview } from './FlowOverview'
import { GoneFlow } from './GoneFlow'
import { isLocked } from './locked'

const FlowEditor = lazy(() => import('../editor/FlowEditor'))
const FlowDependencies = lazy(() => import('../topology/FlowDependencies'))
const FlowMetrics = lazy(() => import('./FlowMetrics'))
const Concurrency = lazy(() => import('./Concurrency'))
const Revisions = lazy(() => import('../editor/Revisions'))

const TABS = [
  { id: 'overview', title: t`Overview` },
  { id: 'topology', title: t`Topology` },
  { id: 'executions', title: t`Executions` },
  { id: 'editor', title: t`Editor` },
  { id: 'revisions', title: t`Revisions` },
  { id: 'triggers', title: t`Triggers` },
  { id: 'logs', title: t`Logs` },
  { id: 'metrics', title: t`Metrics` },
  { id: 'dependencies', title: t`Dependencies` },
  { id: 'concurrency', title: t`Concurrency` },
]

export default function FlowPage() {
  const { namespace = '', flowId = '', tab } = useParams({ strict: false }) as { namespace?: string; flowId?: string; tab?: string }
  const { data, error } = useQuery(flowQuery(namespace, flowId))
  // Who edits a flow that is deleted meanwhile keeps the text.
  if (error instanceof ApiError && error.status === 404 && !(data && tab === 'editor')) {
    return <GoneFlow namespace={namespace} id={flowId} />
  }
  if (error && !data) return <ErrorBox error={error} />
  if (!data) return <PageHead title={flowId} />
  return <Known key={`${namespace}.${flowId}`} flow={data} tab={tabOf(TABS, tab)} />
}

function Known({ flow, tab }: { flow: Flow; tab: string }) {
  const [search, change] = useAddress()
  const [isAsked, setExecuting] = useState(false)
  // The address asks for it, too: as a page begins, and later from the jump box.
  const isExecuting = (isAsked || one(search, 'execute') === 'true') && !flow.disabled
  const { namespace, id } = flow
  const close = () => {
    setExecuting(false)
    if (one(search, 'execute')) change({ execute: undefined })
  }
  const canExecute = !flow.disabled && !isExecuting
  // In the editor too, whose keys begin in a text field.
  useHotkeys([['mod+E', () => canExecute && setExecuting(true)]], [])
  return (
    <>
      <PageHead
        title={id} badge={flow.disabled && <Badge variant="default">{t`disabled`}</Badge>}
        crumbs={<><Link to="/flows">{t`Flows`}</Link> / <Link to={`/namespaces/edit/${namespace}`}>{namespace}</Link></>}
      >
        {tab !== 'editor' && <Button variant="default" component={Link} to={`/flows/edit/${namespace}/${id}/editor`}>{isLocked(flow) ? t`Source` : t`Edit`}</Button>}
        <Button variant={tab === 'editor' ? 'default' : 'filled'} onClick={() => setExecuting(true)} disabled={flow.disabled ?? false}>{t`Execute`}</Button>
      </PageHead>
      <Tabs tabs={TABS} current={tab} base={`/flows/edit/${namespace}/${id}`} name={t`Parts of the flow`} />
      <div style={{ paddingTop: 12 }}>
        <Suspense fallback={<p aria-busy>{t`Loading …`}</p>}>
          <TabContent flow={flow} tab={tab} onExecute={() => setExecuting(true)} />
        </Suspense>
      </div>
      {isExecuting && <ExecuteDialog flow={flow} onClose={close} />}
    </>
  )
}

function TabContent({ flow, tab, onExecute }: { flow: Flow; tab: string; onExecute: () => void }) {
  const { namespace, id: flowId } = flow
  switch (tab) {
    case 'topology': return <Late source={topology} waiting={t`Drawing …`} of={{ flow, height: 'calc(100dvh - 175px)' }} />
    case 'executions': return <ExecutionsList fixed={{ namespace, flowId }} />
    case 'editor': return <FlowEditor flow={flow} onExecute={onExecute} />
    case 'revisions': return <Revisions flow={flow} />
    case 'logs': return <LogsList fixed={{ namespace, flowId }} />
    case 'triggers': return <FlowTriggers flow={flow} />
    case 'metrics': return <FlowMetrics flow={flow} />
    case 'dependencies': return <FlowDependencies flow={flow} />
    case 'concurrency': return <Concurrency flow={flow} />
    default: return <FlowOverview flow={flow} onExecute={onExecute} />
  }
}
