import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { namespacesQuery } from '../api/namespaces'
import { Typed } from '../executions/FilterBar'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { one } from '../search'
import { useAddress } from '../useAddress'

const MOST = 500

export default function NamespacesPage() {
  const [search, change] = useAddress()
  const q = one(search, 'q')
  const { data, error } = useQuery(namespacesQuery({ q, size: MOST }))
  return (
    <>
      <PageHead title="Namespaces" />
      <Typed label="Search" value={q} onSettled={(value) => change({ q: value })} isFirst />
      <ErrorBox error={error} />
      {data?.results.length === 0 && <Empty what="namespaces" isFiltered={q !== ''} onClear={() => change({ q: undefined })} />}
      {data && data.results.length > 0 && (
        <div className="panel" style={{ marginTop: 8 }}>
          <Table highlightOnHover>
            <Table.Tbody>
              {data.results.map(({ id }) => (
                <Table.Tr key={id}>
                  <Table.Td style={{ paddingLeft: 12 + 18 * (id.split('.').length - 1) }}>
                    <Link to={`/namespaces/edit/${id}`}>{id}</Link>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </>
  )
}
