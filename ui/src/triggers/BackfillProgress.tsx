import { Button, Group, Progress, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { backfillProgress, deleteBackfill, keysOf, pauseBackfill } from '../api/triggers'
import type { Backfill, TriggerState } from '../api/types'
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
        <Progress value={percent} w={90} aria-label={`Backfill of ${state.triggerId}`} color={backfill.failed ? 'red' : 'tiercel'} />
        <Text size="xs">{percent} %{backfill.paused ? ', paused' : ''}</Text>
      </Group>
      <Text size="xs" c="dimmed">
        <Counts backfill={backfill} />{backfill.currentDate && <>, at <Moment at={backfill.currentDate} /></>}
      </Text>
      <Group gap={4}>
        <Button size="compact-xs" variant="default" onClick={() => act.mutate(() => pauseBackfill(keys, !backfill.paused))}>{backfill.paused ? 'Go on' : 'Pause'}</Button>
        <Button size="compact-xs" variant="default" onClick={() => confirmed('Cancel the backfill? Dates that were not begun are dropped; what runs goes on.') && act.mutate(() => deleteBackfill(keys))}>Cancel</Button>
        <Link className="triggers-link" to="/executions" search={{ namespace: state.namespace, flowId: state.flowId, ...(labels.length ? { labels } : {}) } as never}>Executions</Link>
      </Group>
    </div>
  )
}

/** `7 of 12, 2 running, 1 failed`. */
export function Counts({ backfill: { total, succeeded = 0, failed: bad = 0, running = 0 } }: { backfill: Backfill }) {
  if (total === undefined) return null
  const parts = [`${(succeeded + bad).toLocaleString('en')} of ${total.toLocaleString('en')}`]
  if (running) parts.push(`${running} running`)
  if (bad) parts.push(`${bad} failed`)
  return <>{parts.join(', ')}</>
}
