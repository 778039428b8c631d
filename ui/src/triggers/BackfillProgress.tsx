import { Button, Group, Progress, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { backfillProgress, deleteBackfill, keysOf, pauseBackfill } from '../api/triggers'
import type { Backfill, TriggerState } from '../api/types'
import { counted, digits, rich, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { Moment } from '../parts/Moment'
import { failed } from '../parts/notes'

/** How far a backfill is, with what can be done about it. */
export function BackfillProgress({ state, backfill }: { state: TriggerState; backfill: Backfill }) {
  const cache = useQueryClient()
  const act = useMutation({
    mutationFn: (job: () => Promise<unknown>) => job(),
    onSuccess: () => void cache.invalidateQueries({ queryKey: ['triggers'] }),
    onError: failed,
  })
  const keys = keysOf(state)
  const percent = Math.round(backfillProgress(backfill, new Date()) * 100)
  const labels = (backfill.labels ?? []).map(({ key, value }) => `${key}:${value}`)
  return (
    <div>
      <Group gap={6} wrap="nowrap">
        <Progress value={percent} w={90} aria-label={t`Backfill of ${state.triggerId}`} color={backfill.failed ? 'red' : 'tiercel'} />
        <Text size="xs">{backfill.paused ? t`${percent} %, paused` : t`${percent} %`}</Text>
      </Group>
      <Text size="xs" c="dimmed">
        {backfill.currentDate ? rich`${<Counts key="counts" backfill={backfill} />}, at ${<Moment key="at" at={backfill.currentDate} />}` : <Counts backfill={backfill} />}
      </Text>
      <Group gap={4}>
        <Button size="compact-xs" variant="default" onClick={() => act.mutate(() => pauseBackfill(keys, !backfill.paused))}>{backfill.paused ? t`Go on` : t`Pause`}</Button>
        <Button size="compact-xs" variant="default" onClick={() => confirmed(t`Cancel the backfill? Dates that were not begun are dropped; what runs goes on.`) && act.mutate(() => deleteBackfill(keys))}>{t`Cancel`}</Button>
        <Link className="triggers-link" to="/executions" search={{ namespace: state.namespace, flowId: state.flowId, ...(labels.length ? { labels } : {}) } as never}>{t`Executions`}</Link>
      </Group>
    </div>
  )
}

/** `7 of 12, 2 running, 1 failed`. */
export function Counts({ backfill: { total, succeeded = 0, failed: bad = 0, running = 0 } }: { backfill: Backfill }) {
  if (total === undefined) return null
  const [done, all] = [succeeded + bad, total].map((count) => digits(count)) as [string, string]
  const parts = [t`${done} of ${all}`]
  if (running) parts.push(counted(running, 'running', 'running'))
  if (bad) parts.push(counted(bad, 'failed', 'failed'))
  return <>{parts.join(', ')}</>
}
