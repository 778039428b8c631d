import { Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Execution } from '../api/types'
import { addressOf } from '../executions/ExecutionsTable'
import { t } from '../language'
import { Moment } from '../parts/Moment'
import { StateBadge } from '../parts/StateBadge'
import type { Day } from './history'
import './lastRuns.css'

/** The latest execution of a flow, and how its last days went: a bar a day, as high as it was busy. */
export function LastRuns({ last, days }: { last: Execution | undefined; days: readonly Day[] }) {
  if (!last) return null
  const most = Math.max(1, ...days.map(({ count }) => count))
  return (
    <Group gap="sm" wrap="nowrap">
      <Link className="last-state" to={addressOf(last)} title={t`Open execution ${last.id}`}>
        <StateBadge state={last.state.current} />
      </Link>
      <span className="last-time"><Moment at={last.state.startDate} /></span>
      <span className="last-days only-wide" role="img" aria-label={t`Executions of the last ${days.length} days`}>
        {days.map(({ day, count, state }) => (
          <span key={day} data-state={state} title={`${day}: ${count}`} style={{ height: count ? `${20 + (80 * count) / most}%` : 2 }} />
        ))}
      </span>
    </Group>
  )
}
