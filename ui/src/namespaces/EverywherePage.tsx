import { Group, Table, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { request, type Page } from '../api/client'
import { Typed } from '../executions/FilterBar'
import { standardSize } from '../executions/filters'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { Moment } from '../parts/Moment'
import { PageHead } from '../parts/PageHead'
import { Pager } from '../parts/Pager'
import { one, positive } from '../search'
import { useAddress } from '../useAddress'

interface Entry {
  key: string
  /** None for what the server's environment gives to all. */
  namespace?: string
  updateDate?: string
  description?: string
}

interface Props {
  kind: 'kv' | 'secrets'
  title: string
}

/** What all namespaces keep, by name: each is changed in its own. */
function Everywhere({ kind, title }: Props) {
  const [search, change] = useAddress()
  const [q, page, size] = [one(search, 'q'), positive(search, 'page', 1), positive(search, 'size', standardSize())]
  const { data, error } = useQuery({
    queryKey: [kind, 'everywhere', q, page, size],
    queryFn: ({ signal }) => request<Page<Entry>>(`/${kind}`, { query: { 'filters[q][EQUALS]': q, page, size }, signal }),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <PageHead title={title} crumbs={<Link to="/namespaces">{t`Namespaces`}</Link>} />
      <Group gap="xs" mb="xs"><Typed label={t`Search`} value={q} onSettled={(value) => change({ q: value, page: undefined })} isFirst /></Group>
      <ErrorBox error={error} />
      {data?.total === 0 && <Text c="dimmed" ta="center" py="xl">{q ? t`Nothing is called so.` : t`Nothing is kept yet: add some on the page of a namespace.`}</Text>}
      {data && data.total > 0 && (
        <>
          <div className="panel table-scroll" role="region" aria-label={title} tabIndex={0}>
            <Table className="list" highlightOnHover>
              <Table.Thead><Table.Tr><Table.Th>{t`Key`}</Table.Th><Table.Th>{t`Namespace`}</Table.Th><Table.Th>{t`Description`}</Table.Th><Table.Th>{t`Changed`}</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>{data.results.map((entry) => <Row key={`${entry.namespace ?? ''} ${entry.key}`} kind={kind} entry={entry} />)}</Table.Tbody>
            </Table>
          </div>
          <Pager page={page} size={size} total={data.total} onChange={(next, rows) => change({ page: next, size: rows })} />
        </>
      )}
    </>
  )
}

function Row({ kind, entry: { key, namespace, description, updateDate } }: { kind: Props['kind']; entry: Entry }) {
  return (
    <Table.Tr>
      <Table.Td className="mono">{key}</Table.Td>
      <Table.Td>{namespace ? <Link to={`/namespaces/edit/${namespace}/${kind}`}>{namespace}</Link> : <Text span size="sm" c="dimmed">{t`of the server's environment`}</Text>}</Table.Td>
      <Table.Td>{description}</Table.Td>
      <Table.Td>{updateDate && <Moment at={updateDate} />}</Table.Td>
    </Table.Tr>
  )
}

export const AllKeys = () => <Everywhere kind="kv" title={t`Key-value pairs of all namespaces`} />
export const AllSecrets = () => <Everywhere kind="secrets" title={t`Secrets of all namespaces`} />
