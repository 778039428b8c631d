import { Button, Group, Text, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useMemo, useState, type CSSProperties, type ReactNode } from 'react'
import { chartCsv } from '../api/dashboards'
import { saveBlob } from '../data/save'
import { digits, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { failed } from '../parts/notes'
import { readChart, type Chart } from './charts'
import { ChartText } from './ChartText'
import { DrawnChart } from './DrawnChart'
import { Figure } from './Figure'
import { RowTable } from './RowTable'
import { isNarrowed, passedOver } from './narrowed'
import { questionOf, useRows, type Place, type View } from './useRows'
import './dashboards.css'

const MOST_ROWS = 5000
const TABLE_ROWS = 10
const WHOLE_TABLE_ROWS = 100
const CSV = { page: 1, size: 1 }

interface Props {
  written: unknown
  view: View
}

/** One chart in its frame; what the server refuses is told there and stops no other. */
export function ChartCard({ written, view }: Props) {
  const chart = useMemo(() => readChart(written), [written])
  if (chart.kind === 'Markdown') return <Frame chart={chart}><ChartText text={chart.text} /></Frame>
  return <Asked written={written} chart={chart} view={view} />
}

function Asked({ written, chart, view }: Props & { chart: Chart }) {
  const [place, setPlace] = usePlace(chart, view)
  const { data, error, isPending, isPlaceholderData } = useRows(written, chart, view, place)
  const rows = data?.results ?? []
  const lacked = passedOver(chart, view)
  const canSave = view.dashboard !== undefined && chart.kind !== 'KPI' && rows.length > 0
  return (
    <Frame chart={chart} act={canSave && <Csv dashboard={view.dashboard as string} chart={chart} view={view} />}>
      <ErrorBox error={error} />
      {isPending && <p className="chart-wait" aria-busy>{t`Loading …`}</p>}
      {data && !error && (
        <div style={{ opacity: isPlaceholderData ? 0.6 : 1 }}>
          <Content chart={chart} rows={rows} total={data.total} span={data.span} place={place} onPlace={setPlace} isNarrowed={isNarrowed(view)} />
          {lacked.length > 0 && <Text size="xs" c="dimmed" mt={4}>{notNarrowedBy(lacked)}</Text>}
        </div>
      )}
    </Frame>
  )
}

function notNarrowedBy(lacked: readonly string[]): string {
  if (lacked.length > 1) return t`Not narrowed by state and label.`
  return lacked[0] === 'state' ? t`Not narrowed by state.` : t`Not narrowed by label.`
}

/** Which rows are shown: what is narrowed to something else begins with its first page again. */
function usePlace(chart: Chart, view: View): [Place, (place: Place) => void] {
  const of = JSON.stringify(view)
  const [chosen, choose] = useState({ of, page: 1, size: sizeOf(chart) })
  return [{ page: chosen.of === of ? chosen.page : 1, size: chosen.size }, (place) => choose({ of, ...place })]
}

function sizeOf({ kind, isPaged, columns }: Chart): number {
  if (kind !== 'Table') return MOST_ROWS
  return isPaged && !columns.some(({ aggregate }) => aggregate) ? TABLE_ROWS : WHOLE_TABLE_ROWS
}

type ContentProps = Parameters<typeof DrawnChart>[0] & Parameters<typeof RowTable>[0] & { isNarrowed: boolean }

function Content(props: ContentProps) {
  const { chart, rows, total } = props
  if (chart.kind === 'KPI') return <Figure chart={chart} value={rows[0]?.value} />
  if (!rows.length) return <p className="chart-wait">{props.isNarrowed ? t`Nothing in this time fits the filters.` : t`Nothing in this time.`}</p>
  if (chart.kind === 'Table') return <RowTable {...props} />
  return (
    <>
      <DrawnChart {...props} />
      {total > rows.length && <Text size="xs" c="dimmed">{t`Drawn of the first ${digits(rows.length)} of ${digits(total)} rows.`}</Text>}
    </>
  )
}

function Frame({ chart, act, children }: { chart: Chart; act?: ReactNode; children: ReactNode }) {
  const { kind, title, id, description, width } = chart
  // A text has a title where its author gave it one; its id is for machines.
  const isTitled = kind !== 'Markdown' || title !== id
  return (
    <section className="panel chart" aria-label={title} data-kind={kind} style={{ '--width': width } as CSSProperties}>
      {isTitled && (
        <Group justify="space-between" wrap="nowrap" gap="xs" mb={description ? 0 : 6}>
          <Title order={2} className="cut" title={title}>{title}</Title>
          {act}
        </Group>
      )}
      {description && <Text size="xs" c="dimmed" mb={6}>{description}</Text>}
      {children}
    </section>
  )
}

function Csv({ dashboard, chart, view }: { dashboard: string; chart: Chart; view: View }) {
  const save = useMutation({
    mutationFn: () => chartCsv(dashboard, chart.id, questionOf(view, CSV).question),
    onSuccess: (content) => saveBlob(content, `${chart.id}.csv`),
    onError: failed,
  })
  return <Button size="compact-xs" variant="subtle" loading={save.isPending} aria-label={t`${chart.title} as CSV`} onClick={() => save.mutate()}>CSV</Button>
}
