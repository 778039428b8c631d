import { Text, useComputedColorScheme } from '@mantine/core'
import { lazy, Suspense, useMemo } from 'react'
import type { Row } from '../api/dashboards'
import { counted, percent, t } from '../language'
import type { Chart, Column } from './charts'
import type { Paint } from './paint'
import { barsOf, namesBeyond, slicesOf, timeSeriesOf, totalOf, type Plot, type Slice } from './plots'
import type { Span } from './spans'
import { told } from './values'

const PlotBox = lazy(() => import('./Plot'))

interface Props {
  chart: Chart
  rows: readonly Row[]
  span: Span
}

interface Entry {
  name: string
  paint: Paint
  text: string
}

/** A picture of rows, and beside it in words what each colour is. */
export function DrawnChart({ chart, rows, span }: Props) {
  const scheme = useComputedColorScheme('light')
  const drawn = useMemo(() => drawnOf(chart, rows, span), [chart, rows, span])
  const entries = useMemo(() => ('slices' in drawn ? slicesTold(chart, drawn.slices) : strandsTold(drawn)), [chart, drawn])
  const label = `${chart.title}: ${entries.map(({ name, text }) => `${name} ${text}`.trim()).join(', ')}`
  const beyond = chart.kind === 'Bar' ? namesBeyond(chart, rows) : 0
  return (
    <div className="drawn" data-kind={chart.kind}>
      <Suspense fallback={<p className="chart-wait" aria-busy>{t`Drawing …`}</p>}>
        <PlotBox chart={chart} drawn={drawn} scheme={scheme} label={label} />
      </Suspense>
      {chart.hasLegend && (
        <ul className="legend" aria-label={t`Legend of ${chart.title}`}>
          {entries.map(({ name, paint, text }) => (
            <li key={name}><span className="legend-dot" {...paint} aria-hidden /><span className="cut" title={name}>{name}</span><span className="legend-value">{text}</span></li>
          ))}
        </ul>
      )}
      {beyond > 0 && <Text size="xs" c="dimmed">{counted(beyond, 'more are left out.', 'more are left out.')}</Text>}
    </div>
  )
}

function drawnOf(chart: Chart, rows: readonly Row[], span: Span): Plot | { slices: Slice[] } {
  if (chart.kind === 'Pie') return { slices: slicesOf(chart, rows) }
  return chart.kind === 'TimeSeries' ? timeSeriesOf(chart, rows, span) : barsOf(chart, rows)
}

const NUMBER: Pick<Column, 'field' | 'aggregate'> = { field: '', aggregate: '' }

function slicesTold({ columns }: Chart, slices: readonly Slice[]): Entry[] {
  const column = columns.find(({ aggregate }) => aggregate) ?? NUMBER
  return slices.map(({ name, paint, value, share }) => ({ name, paint, text: `${told(column, value)} · ${percent(share)}` }))
}

function strandsTold({ names, strands }: Plot): Entry[] {
  const [only] = strands
  if (strands.length === 1 && only?.paints) {
    const { paints, values, column } = only
    return names.map((name, index) => ({ name, paint: paints[index] as Paint, text: told(column, values[index] ?? 0) }))
  }
  return strands.map((strand) => {
    const total = totalOf(strand)
    return { name: strand.name, paint: strand.paint, text: total === undefined ? '' : told(strand.column, total) }
  })
}
