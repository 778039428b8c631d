import { Button } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useRoutes } from '../api/capabilities'
import { Dashboard } from '../dashboard/Dashboard'
import { DashboardFilter, useNarrowing } from '../dashboard/DashboardFilter'
import { ExecutionsList } from '../executions/ExecutionsList'
import { FlowsList } from '../flows/FlowsPage'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { tabOf, Tabs } from '../parts/Tabs'
import { Files } from './Files'
import { KeyValues } from './KeyValues'
import { PluginDefaults } from './PluginDefaults'
import { Secrets } from './Secrets'

const NamespaceDependencies = lazy(() => import('./NamespaceDependencies'))

const TABS = [
  { id: 'overview', title: t`Overview`, route: '' },
  { id: 'flows', title: t`Flows`, route: '' },
  { id: 'executions', title: t`Executions`, route: '' },
  { id: 'editor', title: t`Files`, route: 'GET /api/v1/namespaces/{}/files/directory' },
  { id: 'kv', title: t`KV store`, route: 'GET /api/v1/namespaces/{}/kv' },
  { id: 'secrets', title: t`Secrets`, route: 'GET /api/v1/namespaces/{}/secrets' },
  { id: 'plugin-defaults', title: t`Plugin defaults`, route: '' },
  { id: 'dependencies', title: t`Dependencies`, route: 'GET /api/v1/namespaces/{}/dependencies' },
]

export default function NamespacePage() {
  const { namespace = '', tab } = useParams({ strict: false }) as { namespace?: string; tab?: string }
  const routes = useRoutes()
  const tabs = TABS.filter(({ route }) => !route || routes?.has(route))
  // Until the routes are known every tab may be right.
  const current = tabOf(routes ? tabs : TABS, tab)
  return (
    <>
      <PageHead title={namespace} crumbs={<Link to="/namespaces">{t`Namespaces`}</Link>}>
        <Button component={Link} to="/flows/new" search={{ namespace } as never}>{t`Create flow`}</Button>
      </PageHead>
      <Tabs tabs={tabs} current={current} base={`/namespaces/edit/${namespace}`} name={t`Parts of the namespace`} />
      <div style={{ paddingTop: 12 }} key={namespace}>
        <Suspense fallback={<p aria-busy>{t`Loading …`}</p>}>
          <TabContent namespace={namespace} tab={current} />
        </Suspense>
      </div>
    </>
  )
}

function TabContent({ namespace, tab }: { namespace: string; tab: string }) {
  switch (tab) {
    case 'flows': return <FlowsList namespace={namespace} />
    case 'executions': return <ExecutionsList fixed={{ namespace }} />
    case 'editor': return <Files namespace={namespace} />
    case 'kv': return <KeyValues namespace={namespace} />
    case 'secrets': return <Secrets namespace={namespace} />
    case 'plugin-defaults': return <PluginDefaults namespace={namespace} />
    case 'dependencies': return <NamespaceDependencies namespace={namespace} />
    default: return <Overview namespace={namespace} />
  }
}

function Overview({ namespace }: { namespace: string }) {
  const narrowing = useNarrowing(namespace)
  return (
    <>
      <div className="filters"><DashboardFilter narrowing={narrowing} isOfNamespace /></div>
      <Dashboard {...narrowing} />
    </>
  )
}
