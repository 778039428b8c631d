import { Button, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRoutes } from '../api/capabilities'
import { configsQuery } from '../api/configs'
import { namespacesQuery } from '../api/namespaces'
import { Typed } from '../executions/FilterBar'
import { t } from '../language'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { one } from '../search'
import { useAddress } from '../useAddress'

const MOST = 500

export default function NamespacesPage() {
  const [search, change] = useAddress()
  const q = one(search, 'q')
  const routes = useRoutes()
  const { data, error } = useQuery(namespacesQuery({ q, size: MOST }))
  const { data: configs } = useQuery(configsQuery)
  const isOfSystem = (id: string) => id === configs?.systemNamespace || id.startsWith(`${configs?.systemNamespace}.`)
  const [own, others] = [true, false].map((wanted) => (data?.results ?? []).filter(({ id }) => isOfSystem(id) === wanted)) as [{ id: string }[], { id: string }[]]
  return (
    <>
      <PageHead title={t`Namespaces`}>
        {routes?.has('GET /api/v1/kv') && <Button variant="default" component={Link} to="/kv">{t`All key-value pairs`}</Button>}
        {routes?.has('GET /api/v1/secrets') && <Button variant="default" component={Link} to="/secrets">{t`All secrets`}</Button>}
      </PageHead>
      <Typed label={t`Search`} value={q} onSettled={(value) => change({ q: value })} isFirst />
      <ErrorBox error={error} />
      {data?.results.length === 0 && <Empty what="namespaces" isFiltered={q !== ''} onClear={() => change({ q: undefined })} />}
      <Tree namespaces={own} hint={t`For flows that look after this server: its upkeep, alerts, backups.`} />
      <Tree namespaces={others} />
    </>
  )
}

function Tree({ namespaces, hint }: { namespaces: readonly { id: string }[]; hint?: string }) {
  if (!namespaces.length) return null
  return (
    <div className="panel" style={{ marginTop: 8 }}>
      <Table highlightOnHover>
        <Table.Tbody>
          {namespaces.map(({ id }, index) => (
            <Table.Tr key={id}>
              <Table.Td style={{ paddingLeft: 12 + 18 * (id.split('.').length - 1) }}>
                <Link to={`/namespaces/edit/${id}`}>{id}</Link>
                {hint && index === 0 && <Text size="xs" c="dimmed">{hint}</Text>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
