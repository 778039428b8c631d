import { GridComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'

echarts.use([GridComponent, TooltipComponent, SVGRenderer])

export type Scheme = 'light' | 'dark'

/** A chart as large as its box, for as long as that is there. */
export function useDrawing(onClick?: (series: string, index: number) => void) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<echarts.ECharts>(undefined)
  const click = useRef(onClick)
  click.current = onClick
  useEffect(() => {
    if (!box.current) return
    const made = echarts.init(box.current, null, { renderer: 'svg' })
    chart.current = made
    made.on('click', ({ seriesName, dataIndex }) => click.current?.(String(seriesName), Number(dataIndex)))
    const watcher = new ResizeObserver(() => made.resize())
    watcher.observe(box.current)
    return () => {
      watcher.disconnect()
      made.dispose()
    }
  }, [])
  return { box, chart }
}

/** The colour that charts give to what has these marks. */
export function colourOf(box: HTMLElement, marks: Readonly<Record<string, string>>): string {
  const probe = document.createElement('span')
  Object.assign(probe.dataset, marks)
  probe.style.color = 'var(--chart)'
  box.append(probe)
  const colour = getComputedStyle(probe).color
  probe.remove()
  return colour
}

/** Greys of axes and boxes; text on them keeps its contrast. */
export function greysOf(scheme: Scheme) {
  const isDark = scheme === 'dark'
  const [quiet, line] = isDark ? ['#a3adb6', '#2e343a'] : ['#52606b', '#dfe3e6']
  return {
    quiet,
    line,
    axisLabel: { color: quiet, fontSize: 11 },
    tooltip: { backgroundColor: isDark ? '#1e2227' : '#fff', textStyle: { color: isDark ? '#dfe3e7' : '#1b1b1b', fontSize: 12 }, borderColor: line },
  }
}
