import type { DailyStatistic, StateName } from '../api/types'
import { bucketName, seriesOf, startOf } from '../dashboard/statistics'
import type { StatisticFilter } from '../dashboard/useStatistics'
import { many, one, type Search } from '../search'
import { preferences } from '../settings/preferences'
import type { Change } from '../useAddress'

/** What the statistics are asked for. */
export interface Counted extends StatisticFilter {
  q?: string
  endDate?: string
  flows?: readonly { namespace: string; id: string }[]
}

/** What a list without a limit in time is counted over. */
const STANDARD = 'P30D'

/** Since when to count what began until a moment. */
export const since = (until: Date, zone = preferences().timeZone) => startOf(STANDARD, until, zone)

/** What the address selects of executions, or undefined where statistics could count only more than the list shows. */
export function countedOf(search: Search, fixed: { namespace?: string; flowId?: string }, now: Date, zone = preferences().timeZone): Counted | undefined {
  if (one(search, 'triggerExecutionId') || one(search, 'childFilter') || one(search, 'scope')) return undefined
  const [start, end, range] = [one(search, 'startDate'), one(search, 'startedBefore') || one(search, 'endDate'), one(search, 'timeRange')]
  if ([start, end].some((moment) => moment && Number.isNaN(Date.parse(moment)))) return undefined
  const namespace = fixed.namespace ?? one(search, 'namespace')
  const flowId = fixed.flowId ?? one(search, 'flowId')
  const q = one(search, 'q')
  return {
    ...(namespace ? { namespace } : {}),
    ...(flowId ? { flowId } : {}),
    ...(q ? { q } : {}),
    labels: many(search, 'labels').filter(Boolean),
    state: many(search, 'state').filter(Boolean),
    startDate: start || (range ? startOf(range, now, zone) : since(end ? new Date(end) : now, zone)),
    ...(end ? { endDate: end } : {}),
  }
}

export interface Bar {
  startDate: string
  /** As its reader calls this time. */
  name: string
  total: number
  /** What did worst comes first. */
  parts: readonly { state: StateName; count: number }[]
}

export function barsOf(statistics: readonly DailyStatistic[], zone = preferences().timeZone): Bar[] {
  const series = seriesOf(statistics).reverse()
  return statistics.map(({ startDate, groupBy }, index) => {
    const parts = series.map(({ state, values }) => ({ state, count: values[index] ?? 0 })).filter(({ count }) => count > 0)
    return { startDate, name: bucketName(startDate, groupBy, zone), total: parts.reduce((sum, { count }) => sum + count, 0), parts }
  })
}

export const barText = ({ name, total, parts }: Bar) => [`${name}: ${total}`, ...parts.map(({ state, count }) => `${count} ${state}`)].join(', ')

/** What narrows an address to the time of a bar; the last one reaches to where the chart ends. */
export function narrowedTo(bars: readonly Bar[], index: number): Change {
  const [bar, next] = [bars[index], bars[index + 1]]
  const until: Change = next ? { startedBefore: next.startDate, endDate: undefined } : {}
  return { startDate: bar?.startDate, timeRange: undefined, page: undefined, ...until }
}
