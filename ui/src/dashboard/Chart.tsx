import { BarChart } from 'echarts/charts'
import * as echarts from 'echarts/core'
import { useEffect } from 'react'
import { colourOf, greysOf, useDrawing, type Scheme } from './drawing'

export interface Bars {
  name: string
  values: readonly number[]
  /** What has these marks elsewhere on the page gives the colour. */
  marks: Readonly<Record<string, string>>
}

echarts.use([BarChart])

/** A chart lower than this has room for few lines. */
const FLAT = 120

interface Props {
  names: readonly string[]
  series: readonly Bars[]
  height: number
  scheme: Scheme
  label: string
  /** Called with the name and the place of a bar that was clicked. */
  onOpen?: (name: string, index: number) => void
}

export function Chart({ names, series, height, scheme, label, onOpen }: Props) {
  const { box, chart } = useDrawing(onOpen)
  useEffect(() => {
    const holder = box.current
    if (!holder) return
    const { line, axisLabel, tooltip } = greysOf(scheme)
    chart.current?.setOption(
      {
        animation: false,
        grid: { left: 36, right: 8, top: 10, bottom: 22 },
        tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, ...tooltip },
        xAxis: { type: 'category', data: [...names], axisLabel, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
        yAxis: { type: 'value', minInterval: 1, splitNumber: height < FLAT ? 2 : 3, axisLabel, splitLine: { lineStyle: { color: line } } },
        series: series.map(({ name, values, marks }) => ({ type: 'bar', stack: 'all', name, data: [...values], itemStyle: { color: colourOf(holder, marks) }, barMaxWidth: 26 })),
      },
      true,
    )
  }, [names, series, scheme, height, box, chart])
  return <div ref={box} role="img" aria-label={label} style={{ height, width: '100%' }} />
}
