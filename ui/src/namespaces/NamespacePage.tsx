import { Button } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { useRoutes } from '../api/capabilities'
import { ExecutionsList } from '../executions/ExecutionsList'
import { FlowsList } from '../flows/FlowsPage'
import { PageHead } from '../parts/PageHead'
import { tabOf, Tabs } from '../parts/Tabs'
import { Files } from './Files'
import { KeyValues } from './KeyValues'

const TABS = [
  { id: 'flows', title: 'Flows', route: '' },
  { id: 'executions', title: 'Executions', route: '' },
  { id: 'editor', title: 'Files', route: 'GET /api/v1/namespaces/{}/files/directory' },
  { id: 'kv', title: 'KV store', route: 'GET /api/v1/namespaces/{}/kv' },
]

export default function NamespacePage() {
  const { namespace = '', tab } = useParams({ strict: false }) as { namespace?: string; tab?: string }
  const routes = useRoutes()
  const tabs = TABS.filter(({ route }) => !route || routes?.has(route))
  const current = tabOf(tabs, tab)
  return (
    <>
      <PageHead title={namespace} crumbs={<Link to="/namespaces">Namespaces</Link>}>
        <Button component={Link} to="/flows/new" search={{ namespace } as never}>Create flow</Button>
      </PageHead>
      <Tabs tabs={tabs} current={current} base={`/namespaces/edit/${namespace}`} name="Parts of the namespace" />
      <div style={{ paddingTop: 12 }}>
        {current === 'flows' && <FlowsList namespace={namespace} />}
        {current === 'executions' && <ExecutionsList fixed={{ namespace }} />}
        {current === 'editor' && <Files namespace={namespace} />}
        {current === 'kv' && <KeyValues namespace={namespace} />}
      </div>
    </>
  )
}
