import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Query } from '../api/client'
import { changeManyBackfills, deleteMany, setManyDisabled, unlockMany, type Keys, type Many } from '../api/triggers'
import { counted, digits, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { done, failed } from '../parts/notes'

interface Props {
  keys: readonly Keys[]
  filter: Query
  total: number
  onDone: () => void
}

interface Job {
  verb: string
  question: (triggers: string) => string
  act: (many: Many) => Promise<{ count: number }>
}

const JOBS: readonly Job[] = [
  { verb: t`Enable`, question: (triggers) => t`Enable of ${triggers}?`, act: (many) => setManyDisabled(many, false) },
  { verb: t`Disable`, question: (triggers) => t`Disable of ${triggers}?`, act: (many) => setManyDisabled(many, true) },
  { verb: t`Unlock`, question: (triggers) => t`Unlock of ${triggers}?`, act: unlockMany },
  { verb: t`Pause backfills`, question: (triggers) => t`Pause backfills of ${triggers}?`, act: (many) => changeManyBackfills(many, 'pause') },
  { verb: t`Go on with backfills`, question: (triggers) => t`Go on with backfills of ${triggers}?`, act: (many) => changeManyBackfills(many, 'unpause') },
  { verb: t`Cancel backfills`, question: (triggers) => t`Cancel backfills of ${triggers}?`, act: (many) => changeManyBackfills(many, 'delete') },
  { verb: t`Delete states`, question: (triggers) => t`Delete states of ${triggers}?`, act: deleteMany },
]

/** Actions on the ticked triggers, or on all that the filters find: all of them or none. */
export function TriggersBulkBar({ keys, filter, total, onDone }: Props) {
  const cache = useQueryClient()
  const [isAll, setAll] = useState(false)
  const count = isAll ? total : keys.length
  const run = useMutation({
    mutationFn: ({ act }: Job) => act(isAll ? { filter } : { keys }),
    onSuccess: (reply, { verb }) => {
      done(t`${verb}: ${reply.count}`)
      onDone()
    },
    onError: failed,
    onSettled: () => void cache.invalidateQueries({ queryKey: ['triggers'] }),
  })
  return (
    <Group gap="xs" mb="xs" role="toolbar" aria-label={t`Actions on the selected triggers`}>
      <Text size="sm" fw={600}>{counted(count, 'selected', 'selected')}</Text>
      {total > keys.length && <Button variant="subtle" aria-pressed={isAll} onClick={() => setAll(!isAll)}>{isAll ? t`Only the ${keys.length} ticked` : t`Select all ${digits(total)}`}</Button>}
      {JOBS.map((job) => (
        <Button key={job.verb} variant="default" loading={run.isPending && run.variables.verb === job.verb} disabled={run.isPending} onClick={() => confirmed(job.question(counted(count, 'trigger'))) && run.mutate(job)}>
          {job.verb}
        </Button>
      ))}
      <Button variant="subtle" onClick={onDone}>{t`Cancel`}</Button>
    </Group>
  )
}
