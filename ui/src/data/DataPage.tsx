import { Select, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { listDatabases, listTables, type Database, type DataTable } from '../api/data'
import { digits, rich, t } from '../language'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { useAddress } from '../useAddress'
import { QueryBox } from './QueryBox'
import { kindName, rowsText, selectFrom } from './sql'
import './data.css'

const MOST_FLOWS = 5

/** What the pipelines wrote: the databases that flows connect to, read-only. */
export default function DataPage() {
  const [search, change] = useAddress()
  const { data, error } = useQuery({ queryKey: ['databases'], queryFn: listDatabases })
  const databases = data?.results ?? []
  const chosen = databases.find(({ id }) => id === search.database) ?? databases[0]
  return (
    <>
      <PageHead title={t`Data`} />
      <ErrorBox error={error} />
      {data && !chosen && <Empty what="databases"><Text size="sm">{t`A flow that connects to PostgreSQL makes its database appear here.`}</Text></Empty>}
      {data && chosen && (
        <>
          <Select
            label={t`Database`} data={databases.map((one) => ({ value: one.id, label: titleOf(one) }))} value={chosen.id}
            onChange={(value) => change({ database: value ?? undefined })} allowDeselect={false} searchable maw={520}
          />
          <UsedBy database={chosen} />
          <Look key={chosen.id} database={chosen} limits={data.limits} />
        </>
      )}
    </>
  )
}

const titleOf = ({ place, username, embedded }: Database) => (embedded ? t`${place} (embedded server)` : `${username ? `${username} @ ` : ''}${place}`)

function UsedBy({ database: { flows } }: { database: Database }) {
  if (!flows.length) return null
  const shown = flows.slice(0, MOST_FLOWS).map((name, index) => {
    const dot = name.lastIndexOf('.')
    return <span key={name}>{index ? ', ' : ''}<Link to={`/flows/edit/${name.slice(0, dot)}/${name.slice(dot + 1)}`}>{name}</Link></span>
  })
  const rest = flows.length - shown.length
  return <Text size="sm" c="dimmed" mt={4}>{rest > 0 ? rich`Used by ${shown} and ${digits(rest)} more` : rich`Used by ${shown}`}</Text>
}

function Look({ database, limits }: { database: Database; limits: { seconds: number; rows: number } }) {
  const tables = useQuery({ queryKey: ['tables', database.id], queryFn: () => listTables(database.id) })
  const [sql, setSql] = useState('')
  const [rows, setRows] = useState('50')
  const [asked, setAsked] = useState(0)
  const choose = (table: DataTable) => {
    setSql(selectFrom(table))
    setAsked((before) => before + 1)
  }
  return (
    <div className="data">
      <nav aria-label={t`Tables`} className="data-tables">
        <Title order={2} fz="sm" my="xs">{t`Tables`}</Title>
        <ErrorBox error={tables.error} />
        {tables.isPending && <Text size="sm" aria-busy>{t`Looking …`}</Text>}
        {tables.data?.length === 0 && <Text size="sm" c="dimmed">{t`There are no tables yet.`}</Text>}
        {tables.data?.map((table) => (
          <button key={`${table.schema}.${table.name}`} type="button" className="data-table" onClick={() => choose(table)}>
            <span className="cut" title={`${table.schema}.${table.name}`}>{table.schema === 'public' ? '' : `${table.schema}.`}{table.name}</span>
            <span className="data-count">{table.kind === 'table' ? rowsText(table) : kindName(table.kind)}</span>
          </button>
        ))}
      </nav>
      <QueryBox database={database.id} sql={sql} onSql={setSql} rows={rows} onRows={setRows} limits={limits} asked={asked} />
    </div>
  )
}
