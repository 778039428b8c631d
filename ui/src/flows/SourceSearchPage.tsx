import { Checkbox, Group, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { sourcesQuery, type FoundSource, type SourceMatch } from '../api/sources'
import { Typed } from '../executions/FilterBar'
import { standardSize } from '../executions/filters'
import { counted, t } from '../language'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { Pager } from '../parts/Pager'
import { one, positive } from '../search'
import { useAddress } from '../useAddress'
import './sources.css'

const HOW = [
  { name: 'caseSensitive', label: t`Match case` },
  { name: 'wholeWord', label: t`Whole words` },
  { name: 'regex', label: t`Regular expression` },
]
const MOST_LINES = 8

/** Texts in the sources of all flows; each line leads to its place in the editor. */
export default function SourceSearchPage() {
  const [search, change] = useAddress()
  const [q, namespace] = [one(search, 'q'), one(search, 'namespace')]
  const [page, size] = [positive(search, 'page', 1), positive(search, 'size', standardSize())]
  const how = Object.fromEntries(HOW.map(({ name }) => [name, one(search, name)]))
  const { data, error } = useQuery({ ...sourcesQuery({ q, namespace, page, size, sort: 'id:asc', ...how }), enabled: q !== '', retry: false })
  const set = (values: Record<string, string | undefined>) => change({ ...values, page: undefined })
  return (
    <>
      <PageHead title={t`Search in sources`} crumbs={<Link to="/flows">{t`Flows`}</Link>} />
      <Group gap="sm" mb="sm">
        <Typed label={t`Text`} value={q} onSettled={(text) => set({ q: text })} isFirst />
        <Typed label={t`Namespace`} value={namespace} onSettled={(text) => set({ namespace: text })} />
        {HOW.map(({ name, label }) => <Checkbox key={name} size="xs" label={label} checked={how[name] === 'true'} onChange={(event) => set({ [name]: event.currentTarget.checked ? 'true' : undefined })} />)}
      </Group>
      <ErrorBox error={error} />
      {q === '' && <Text size="sm" c="dimmed">{t`Type what you look for: the name of a table, a type of task, an address.`}</Text>}
      {q !== '' && data?.total === 0 && <Empty what="sources" isFiltered />}
      {q !== '' && !error && data && data.total > 0 && (
        <>
          {data.results.map((found) => <Found key={`${found.namespace}.${found.id}`} found={found} />)}
          <Pager page={page} size={size} total={data.total} onChange={(next, rows) => change({ page: next, size: rows })} />
        </>
      )}
    </>
  )
}

function Found({ found: { namespace, id, matches } }: { found: FoundSource }) {
  const base = `/flows/edit/${namespace}/${id}`
  // A line with several hits is one row.
  const lines = [...new Set(matches.map(({ line }) => line))]
  const rest = lines.length - MOST_LINES
  return (
    <section className="panel source-found" aria-label={`${namespace}.${id}`}>
      <Title order={2} mb={4}><Link to={`${base}/overview`}>{namespace}.{id}</Link></Title>
      {lines.slice(0, MOST_LINES).map((line) => (
        <Link key={line} className="source-line mono" to={`${base}/editor`} search={{ line: String(line) } as never}>
          <span>{line}</span><span><Marked hits={matches.filter((match) => match.line === line)} /></span>
        </Link>
      ))}
      {rest > 0 && <Text size="xs" c="dimmed">{t`and ${counted(rest, 'more line')}`}</Text>}
    </section>
  )
}

function Marked({ hits }: { hits: readonly SourceMatch[] }) {
  const text = hits[0]?.text ?? ''
  let place = 0
  const pieces = hits.flatMap(({ start, end }) => {
    const before = text.slice(place, start)
    place = end
    return [before, <mark key={start}>{text.slice(start, end)}</mark>]
  })
  return <>{pieces}{text.slice(place)}</>
}
