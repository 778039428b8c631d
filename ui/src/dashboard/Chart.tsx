import { BarChart, LineChart } from 'echarts/charts'
import * as echarts from 'echarts/core'
import { useEffect } from 'react'
import { digits } from '../language'
import { readable } from '../parts/durations'
import { usePreferences } from '../settings/preferences'
import { colourOf, greysOf, useDrawing, type Scheme } from './drawing'

export interface Bars {
  name: string
  values: readonly number[]
  /** What has these marks elsewhere on the page gives the colour. */
  marks: Readonly<Record<string, string>>
}

/** Lengths of time over the same names, drawn as a line with an axis of its own; undefined where there is none. */
export interface Line {
  name: string
  milliseconds: readonly (number | undefined)[]
}

echarts.use([BarChart, LineChart])

/** A chart lower than this has room for few lines. */
const FLAT = 120

interface Props {
  names: readonly string[]
  series: readonly Bars[]
  height: number
  scheme: Scheme
  label: string
  line?: Line | undefined
  /** Called with the name and the place of a bar that was clicked. */
  onOpen?: (name: string, index: number) => void
}

export function Chart({ names, series, height, scheme, label, line, onOpen }: Props) {
  const { box, chart } = useDrawing(onOpen)
  const { chartColours } = usePreferences()
  useEffect(() => {
    const holder = box.current
    if (!holder) return
    const { line: grey, quiet, axisLabel, tooltip } = greysOf(scheme)
    chart.current?.setOption(
      {
        animation: false,
        grid: { left: 36, right: line ? 64 : 8, top: 10, bottom: 22 },
        tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: whole, ...tooltip },
        xAxis: { type: 'category', data: [...names], axisLabel, axisLine: { lineStyle: { color: grey } }, axisTick: { show: false } },
        yAxis: [
          { type: 'value', minInterval: 1, splitNumber: height < FLAT ? 2 : 3, axisLabel: { ...axisLabel, formatter: whole }, splitLine: { lineStyle: { color: grey } } },
          ...(line ? [{ type: 'value', splitNumber: 2, axisLabel: { ...axisLabel, formatter: readable }, splitLine: { show: false } }] : []),
        ],
        series: [
          ...series.map(({ name, values, marks }) => ({ type: 'bar', stack: 'all', name, data: [...values], itemStyle: { color: colourOf(holder, marks) }, barMaxWidth: 26 })),
          ...(line ? [drawn(line, quiet)] : []),
        ],
      },
      true,
    )
  }, [names, series, line, scheme, chartColours, height, box, chart])
  return <div ref={box} role="img" aria-label={label} style={{ height, width: '100%' }} />
}

const whole = (value: unknown) => (typeof value === 'number' ? digits(value) : '–')

const drawn = ({ name, milliseconds }: Line, color: string) => ({
  type: 'line', yAxisIndex: 1, name, data: milliseconds.map((value) => value ?? '-'), connectNulls: true, symbolSize: 5, lineStyle: { color, width: 1.5 }, itemStyle: { color },
  tooltip: { valueFormatter: (value: unknown) => (typeof value === 'number' ? readable(value) : '–') },
})
