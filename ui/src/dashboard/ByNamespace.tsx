import { Text, Title } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useCan } from '../api/capabilities'
import { request } from '../api/client'
import type { StateName } from '../api/types'
import { counted, digits, t } from '../language'
import { STACK } from './statistics'
import type { StatisticFilter } from './useStatistics'
import './dashboard.css'

interface NamespaceCounts {
  counts: Partial<Record<StateName, number>>
  total: number
}

interface Props {
  filter: StatisticFilter
  /** The same as an address of the list of executions. */
  link: object
}

const SHOWN = 8
const EVERY_MS = 60_000

/** Namespaces by how much they ran, the busiest first; the bars compare them, and their pieces are states. */
export function ByNamespace({ filter, link }: Props) {
  const can = useCan('POST /api/v1/stats/executions/daily/group-by-namespace')
  const { data } = useQuery({
    queryKey: ['executions', 'by-namespace', filter],
    queryFn: ({ signal }) => request<Record<string, NamespaceCounts>>('/stats/executions/daily/group-by-namespace', { method: 'POST', json: filter, signal }),
    enabled: can,
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
  })
  if (!can) return null
  const rows = Object.entries(data ?? {}).filter(([, { total }]) => total > 0)
  const most = Math.max(1, ...rows.map(([, { total }]) => total))
  const more = rows.length - SHOWN
  return (
    <section className="panel box" aria-label={t`Executions by namespace`}>
      <Title order={2} mb={6}>{t`Executions by namespace`}</Title>
      {data && rows.length === 0 && <Text size="sm" c="dimmed">{t`Nothing ran in this time.`}</Text>}
      {rows.slice(0, SHOWN).map(([namespace, { counts, total }]) => (
        <div className="box-row by-row" key={namespace}>
          <Link className="cut" to="/executions" search={{ ...link, namespace } as never} title={namespace}>{namespace}</Link>
          <span className="by-bar" title={textOf(counts)}>
            {STACK.map((state) => counts[state] ? <span key={state} data-state={state} style={{ width: `${(100 * (counts[state] ?? 0)) / most}%` }} /> : null)}
          </span>
          <span>{digits(total)}</span>
        </div>
      ))}
      {more > 0 && <Text size="xs" c="dimmed">{counted(more, 'more namespace')}</Text>}
    </section>
  )
}

const textOf = (counts: NamespaceCounts['counts']) => STACK.filter((state) => counts[state]).map((state) => `${state} ${counts[state]}`).join(', ')
