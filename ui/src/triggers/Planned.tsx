import { Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCan } from '../api/capabilities'
import { planBackfill, type Keys } from '../api/triggers'
import type { Backfill } from '../api/types'
import { ErrorBox } from '../parts/ErrorBox'
import { Moment } from '../parts/Moment'

const MOST_SHOWN = 400

/** What a backfill would run, before anything is started. */
export function Planned({ keys, backfill }: { keys: Keys; backfill: Backfill }) {
  const can = useCan('POST /api/v1/triggers/backfill/plan')
  const { data, error } = useQuery({
    queryKey: ['plan', keys, backfill],
    queryFn: () => planBackfill(keys, backfill),
    enabled: can,
    retry: false,
    placeholderData: keepPreviousData,
  })
  if (error) return <ErrorBox error={error} />
  if (!data) return null
  const { total, dates } = data
  if (total === 0) return <Text size="sm" role="status">No date of the trigger is in this range.</Text>
  const { parallel = 1 } = backfill
  return (
    <div>
      <Text size="sm" role="status">
        {total.toLocaleString('en')} {total === 1 ? 'execution' : 'executions'}, <Moment at={dates[0]} /> … <Moment at={dates.at(-1)} />, {parallel > 1 ? `${parallel} at one time` : 'one after the other'}.
      </Text>
      <details>
        <summary>Show the dates</summary>
        <ol className="triggers-dates" tabIndex={0} aria-label="Dates that would run">
          {dates.slice(0, MOST_SHOWN).map((date) => <li key={date}><Moment at={date} /></li>)}
        </ol>
        {total > MOST_SHOWN && <Text size="xs" c="dimmed">and {(total - MOST_SHOWN).toLocaleString('en')} more</Text>}
      </details>
    </div>
  )
}
