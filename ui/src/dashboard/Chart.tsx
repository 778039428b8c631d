import { BarChart } from 'echarts/charts'
import * as echarts from 'echarts/core'
import { useEffect } from 'react'
import { colourOf, greysOf, useDrawing, type Scheme } from './drawing'
import type { Series } from './statistics'

echarts.use([BarChart])

interface Props {
  names: readonly string[]
  series: readonly Series[]
  height: number
  scheme: Scheme
  label: string
  /** Called with the state and the place of a bar that was clicked. */
  onOpen?: (state: string, index: number) => void
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
        yAxis: { type: 'value', minInterval: 1, splitNumber: 3, axisLabel, splitLine: { lineStyle: { color: line } } },
        series: series.map(({ state, values }) => ({ type: 'bar', stack: 'all', name: state, data: values, itemStyle: { color: colourOf(holder, { state }) }, barMaxWidth: 26 })),
      },
      true,
    )
  }, [names, series, scheme, box, chart])
  return <div ref={box} role="img" aria-label={label} style={{ height, width: '100%' }} />
}
