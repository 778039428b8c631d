import { BarChart, LineChart, PieChart } from 'echarts/charts'
import * as echarts from 'echarts/core'
import { useEffect } from 'react'
import { colourOf, greysOf, useDrawing, type Scheme } from '../dashboard/drawing'
import { usePreferences } from '../settings/preferences'
import type { Chart } from './charts'
import type { Paint } from './paint'
import type { Plot, Slice, Strand } from './plots'
import { told } from './values'

echarts.use([BarChart, LineChart, PieChart])

const HEIGHT = 220
const LONG_NAMES = 8
const SLANT = 32

interface Props {
  chart: Chart
  scheme: Scheme
  label: string
}

type Resolve = (paint: Paint) => string

/** Marks as `dataset` has them. */
const marksOf = (paint: Paint): Record<string, string> => ('data-state' in paint ? { state: paint['data-state'] } : { hue: paint['data-hue'] })

function seriesOf(strand: Strand, resolve: Resolve) {
  const { name, values, style, isSecond, paint, paints, column } = strand
  const common = { name, yAxisIndex: isSecond ? 1 : 0, itemStyle: { color: resolve(paint) }, tooltip: { valueFormatter: (value: unknown) => (typeof value === 'number' ? told(column, value) : '–') } }
  if (style === 'BARS') {
    const data = paints ? values.map((value, index) => ({ value, itemStyle: { color: resolve(paints[index] as Paint) } })) : values
    return { ...common, type: 'bar' as const, stack: 'all', data, barMaxWidth: 26 }
  }
  const isDotted = style === 'POINTS'
  // A line needs two points: one alone is a dot.
  return { ...common, type: 'line' as const, data: values, connectNulls: true, showSymbol: isDotted || values.filter((value) => value !== null).length === 1, symbol: 'circle', symbolSize: isDotted ? 7 : 5, lineStyle: { width: isDotted ? 0 : 2, color: resolve(paint) } }
}

function optionOf({ names, strands }: Plot, chart: Chart, scheme: Scheme, resolve: Resolve) {
  const { line, axisLabel, tooltip } = greysOf(scheme)
  const isSlanted = chart.kind === 'Bar' && names.some((name) => name.length > LONG_NAMES) && names.length > 2
  const axisOf = (isSecond: boolean) => {
    const column = strands.find((strand) => strand.isSecond === isSecond)?.column
    const formatter = (value: number) => (column ? told(column, value) : String(value))
    return { type: 'value' as const, splitNumber: 3, axisLabel: { ...axisLabel, formatter }, splitLine: { show: !isSecond, lineStyle: { color: line } }, ...(column?.aggregate === 'COUNT' ? { minInterval: 1 } : {}) }
  }
  const hasSecond = strands.some(({ isSecond }) => isSecond)
  return {
    animation: false,
    grid: { left: 4, right: 8, top: 12, bottom: 2, containLabel: true },
    tooltip: { show: chart.tooltip !== 'NONE', trigger: chart.tooltip === 'SINGLE' ? ('item' as const) : ('axis' as const), axisPointer: { type: 'shadow' as const }, confine: true, ...tooltip },
    xAxis: {
      type: 'category' as const, data: names, axisLine: { lineStyle: { color: line } }, axisTick: { show: false },
      axisLabel: { ...axisLabel, ...(isSlanted ? { rotate: SLANT, width: 110, overflow: 'truncate' as const, interval: 0 } : { hideOverlap: true }) },
    },
    yAxis: hasSecond ? [axisOf(false), axisOf(true)] : [axisOf(false)],
    series: strands.map((strand) => seriesOf(strand, resolve)),
  }
}

function pieOf(slices: readonly Slice[], chart: Chart, scheme: Scheme, resolve: Resolve) {
  const column = chart.columns.find(({ aggregate }) => aggregate) ?? { field: '', aggregate: '' }
  return {
    animation: false,
    tooltip: { show: chart.tooltip !== 'NONE', trigger: 'item' as const, confine: true, valueFormatter: (value: unknown) => told(column, Number(value)), ...greysOf(scheme).tooltip },
    series: [{
      type: 'pie' as const, radius: chart.isRing ? ['58%', '92%'] : '92%', label: { show: false },
      data: slices.map(({ name, value, paint }) => ({ name, value, itemStyle: { color: resolve(paint) } })),
    }],
  }
}

export type Drawn = Plot | { slices: readonly Slice[] }

export default function PlotBox({ chart, drawn, scheme, label }: Props & { drawn: Drawn }) {
  const { box, chart: drawing } = useDrawing()
  const { chartColours } = usePreferences()
  useEffect(() => {
    const holder = box.current
    if (!holder) return
    const resolve: Resolve = (paint) => colourOf(holder, marksOf(paint))
    drawing.current?.setOption('slices' in drawn ? pieOf(drawn.slices, chart, scheme, resolve) : optionOf(drawn, chart, scheme, resolve), true)
  }, [chart, drawn, scheme, chartColours, box, drawing])
  return <div ref={box} role="img" aria-label={label} style={{ height: HEIGHT, width: '100%' }} />
}
