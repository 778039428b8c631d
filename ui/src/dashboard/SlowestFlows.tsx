import { Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { counted, t } from '../language'
import { milliseconds, readable } from '../parts/durations'

export interface SlowFlow {
  namespace: string
  flowId: string
  duration: { min: string; avg: string; max: string; count: number }
}

/** Flows by how long they take on average; the bars compare them. */
export function SlowestFlows({ flows }: { flows: readonly SlowFlow[] | undefined }) {
  const means = (flows ?? []).map(({ duration }) => milliseconds(duration.avg) ?? 0)
  const most = Math.max(1, ...means)
  return (
    <section className="panel box" aria-label={t`Slowest flows`}>
      <Title order={2} mb={6}>{t`Slowest flows`}</Title>
      {flows?.length === 0 && <Text size="sm" c="dimmed">{t`Nothing has ended in this time.`}</Text>}
      {flows?.map(({ namespace, flowId, duration }, index) => (
        <div className="box-row slow-row" key={`${namespace}.${flowId}`} title={t`${counted(duration.count, 'execution')}, ${readable(milliseconds(duration.min) ?? 0)} to ${readable(milliseconds(duration.max) ?? 0)}`}>
          <Link className="cut" to={`/flows/edit/${namespace}/${flowId}/executions`} title={`${namespace}.${flowId}`}>{flowId}</Link>
          <span className="slow-bar" aria-hidden><span style={{ width: `${(100 * (means[index] ?? 0)) / most}%` }} /></span>
          <span>{readable(means[index] ?? 0)}</span>
          <Text span size="xs" c="dimmed">{duration.count}×</Text>
        </div>
      ))}
    </section>
  )
}
