import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { executionsQuery } from '../api/executions'
import { addressOf } from '../executions/ExecutionsTable'
import { readable } from '../parts/durations'
import { lasted } from '../parts/Duration'
import './lastRuns.css'

const COUNT = 10

/** The latest executions of a flow as bars, oldest left: height is duration, colour is state. */
export function LastRuns({ namespace, flowId }: { namespace: string; flowId: string }) {
  const query = executionsQuery({ namespace, flowId, size: COUNT, sort: 'state.startDate:desc' })
  const { data } = useQuery({ ...query, refetchInterval: 15_000 })
  const runs = data?.results.toReversed() ?? []
  const now = new Date()
  const longest = Math.max(1, ...runs.map(({ state }) => lasted(state, now)))
  return (
    <span className="last-runs">
      {runs.map((run) => (
        <Link
          key={run.id} to={addressOf(run)} data-state={run.state.current}
          title={`${run.state.current}, ${readable(lasted(run.state, now))}, ${run.state.startDate}`}
          aria-label={`Execution ${run.id}: ${run.state.current}`}
          style={{ height: `${20 + 80 * (lasted(run.state, now) / longest)}%` }}
        />
      ))}
    </span>
  )
}
