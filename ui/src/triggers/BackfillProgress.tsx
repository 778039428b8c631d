import { Button, Group, Progress, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { backfillProgress, deleteBackfill, keysOf, pauseBackfill } from '../api/triggers'
import type { Backfill, TriggerState } from '../api/types'
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
  return (
    <div>
      <Group gap={6} wrap="nowrap">
        <Progress value={percent} w={90} aria-label={`Backfill of ${state.triggerId}`} />
        <Text size="xs">{percent} %{backfill.paused ? ', paused' : ''}</Text>
      </Group>
      <Text size="xs" c="dimmed">at {backfill.currentDate?.slice(0, 10)}</Text>
      <Group gap={4}>
        <Button size="compact-xs" variant="default" onClick={() => act.mutate(() => pauseBackfill(keys, !backfill.paused))}>{backfill.paused ? 'Go on' : 'Pause'}</Button>
        <Button size="compact-xs" variant="default" onClick={() => act.mutate(() => deleteBackfill(keys))}>Stop</Button>
      </Group>
    </div>
  )
}
