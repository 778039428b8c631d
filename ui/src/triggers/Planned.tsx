import { Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCan } from '../api/capabilities'
import { planBackfill, type Keys } from '../api/triggers'
import type { Backfill } from '../api/types'
import { counted, digits, rich, t } from '../language'
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
  if (total === 0) return <Text size="sm" role="status">{t`No date of the trigger is in this range.`}</Text>
  const { parallel = 1 } = backfill
  const executions = counted(total, 'execution')
  const [first, last] = [<Moment key="first" at={dates[0]} />, <Moment key="last" at={dates.at(-1)} />]
  return (
    <div>
      <Text size="sm" role="status">
        {parallel > 1 ? rich`${executions}, ${first} … ${last}, ${parallel} at one time.` : rich`${executions}, ${first} … ${last}, one after the other.`}
      </Text>
      <details>
        <summary>{t`Show the dates`}</summary>
        <ol className="triggers-dates" tabIndex={0} aria-label={t`Dates that would run`}>
          {dates.slice(0, MOST_SHOWN).map((date) => <li key={date}><Moment at={date} /></li>)}
        </ol>
        {total > MOST_SHOWN && <Text size="xs" c="dimmed">{t`and ${digits(total - MOST_SHOWN)} more`}</Text>}
      </details>
    </div>
  )
}
