import { BarChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import type { Series } from './statistics'

echarts.use([BarChart, GridComponent, TooltipComponent, SVGRenderer])

interface Props {
  names: readonly string[]
  series: readonly Series[]
  height: number
  scheme: 'light' | 'dark'
  label: string
  /** Called with the state and the place of a bar that was clicked. */
  onOpen?: (state: string, index: number) => void
}

/** The colour that a state has everywhere else on the page. */
function colourOf(box: HTMLElement, state: string): string {
  const probe = document.createElement('span')
  probe.dataset.state = state
  probe.style.color = 'var(--state)'
  box.append(probe)
  const colour = getComputedStyle(probe).color
  probe.remove()
  return colour
}

export function Chart({ names, series, height, scheme, label, onOpen }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<echarts.ECharts>(undefined)
  const open = useRef(onOpen)
  open.current = onOpen
  useEffect(() => {
    if (!box.current) return
    const made = echarts.init(box.current, null, { renderer: 'svg' })
    chart.current = made
    made.on('click', ({ seriesName, dataIndex }) => open.current?.(String(seriesName), Number(dataIndex)))
    const watcher = new ResizeObserver(() => made.resize())
    watcher.observe(box.current)
    return () => {
      watcher.disconnect()
      made.dispose()
    }
  }, [])
  useEffect(() => {
    const holder = box.current
    if (!holder) return
    const quiet = scheme === 'dark' ? '#a3adb6' : '#52606b'
    const line = scheme === 'dark' ? '#2e343a' : '#dfe3e6'
    chart.current?.setOption(
      {
        animation: false,
        grid: { left: 36, right: 8, top: 10, bottom: 22 },
        tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, backgroundColor: scheme === 'dark' ? '#1e2227' : '#fff', textStyle: { color: scheme === 'dark' ? '#dfe3e7' : '#1b1b1b', fontSize: 12 }, borderColor: line },
        xAxis: { type: 'category', data: [...names], axisLabel: { color: quiet, fontSize: 11 }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
        yAxis: { type: 'value', minInterval: 1, splitNumber: 3, axisLabel: { color: quiet, fontSize: 11 }, splitLine: { lineStyle: { color: line } } },
        series: series.map(({ state, values }) => ({ type: 'bar', stack: 'all', name: state, data: values, itemStyle: { color: colourOf(holder, state) }, barMaxWidth: 26 })),
      },
      true,
    )
  }, [names, series, scheme])
  return <div ref={box} role="img" aria-label={label} style={{ height, width: '100%' }} />
}
