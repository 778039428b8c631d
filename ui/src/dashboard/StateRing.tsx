import { Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { digits, percent, t } from '../language'
import type { DailyStatistic } from '../api/types'
import { arcsOf, countsOf } from './ring'
import './dashboard.css'

interface Props {
  statistics: readonly DailyStatistic[] | undefined
  /** What narrows the list of executions as this is. */
  link: object
}

const RADIUS = 15.9155
const GAP = 0.6

/** What became of executions: a ring, and beside it the same as numbers that lead to them. */
export function StateRing({ statistics, link }: Props) {
  const counts = countsOf(statistics ?? [])
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  return (
    <section className="panel box" aria-label={t`Executions by state`}>
      <Title order={2} mb={6}>{t`Executions by state`}</Title>
      <div className="ring">
        <svg viewBox="0 0 42 42" aria-hidden>
          <circle className="ring-ground" cx="21" cy="21" r={RADIUS} />
          {arcsOf(counts, GAP).map(({ state, length, offset }) => (
            <circle key={state} className="ring-arc" data-state={state} cx="21" cy="21" r={RADIUS} strokeDasharray={`${length} ${100 - length}`} strokeDashoffset={offset} />
          ))}
          <text x="21" y="21" className="ring-total">{digits(total)}</text>
        </svg>
        <ul className="ring-legend">
          {total === 0 && <li className="quiet">{t`Nothing ran in this time.`}</li>}
          {counts.map(({ state, count }) => (
            <li key={state} data-state={state}>
              <Link to="/executions" search={{ ...link, state: [state] } as never}>{state}</Link>
              <span>{digits(count)}</span>
              <span className="quiet">{percent(count / total)}</span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}
