import { Empty } from '../parts/Empty'
import { ChartCard } from './ChartCard'
import { readChart } from './charts'
import type { View } from './useRows'
import './dashboards.css'

/** Charts side by side in twelfths, below each other where there is no room. */
export function ChartGrid({ charts, view }: { charts: readonly unknown[]; view: View }) {
  if (!charts.length) return <Empty what="charts" />
  return (
    <div className="charts-room">
      <div className="charts">
        {charts.map((written, index) => {
          const { id, kind } = readChart(written)
          return <ChartCard key={`${index} ${kind} ${id}`} written={written} view={view} />
        })}
      </div>
    </div>
  )
}
