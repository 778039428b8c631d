import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { logsQuery } from '../api/logs'
import type { Keys } from '../api/triggers'
import { LogLine } from '../executions/LogLine'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import '../executions/logs.css'

const SHOWN = 20

/** What a trigger said when it was evaluated, the latest first. */
export function TriggerLog({ keys }: { keys: Keys }) {
  const { data, error } = useQuery(logsQuery({ ...keys, size: SHOWN, sort: 'timestamp:desc' }))
  if (error) return <ErrorBox error={error} />
  if (!data) return <p aria-busy>{t`Loading …`}</p>
  if (!data.total) return <Text size="sm" c="dimmed">{t`It has said nothing yet.`}</Text>
  return (
    <section className="triggers-log" aria-label={t`Log of ${keys.triggerId}`}>
      {data.results.map((entry, index) => <div key={index} className="log-entry"><LogLine entry={entry} search="" isDated /></div>)}
    </section>
  )
}
