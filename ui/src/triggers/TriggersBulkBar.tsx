import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Query } from '../api/client'
import { changeManyBackfills, deleteMany, setManyDisabled, unlockMany, type Keys, type Many } from '../api/triggers'
import { counted } from '../parts/counted'
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
  act: (many: Many) => Promise<{ count: number }>
}

const JOBS: readonly Job[] = [
  { verb: 'Enable', act: (many) => setManyDisabled(many, false) },
  { verb: 'Disable', act: (many) => setManyDisabled(many, true) },
  { verb: 'Unlock', act: unlockMany },
  { verb: 'Pause backfills', act: (many) => changeManyBackfills(many, 'pause') },
  { verb: 'Go on with backfills', act: (many) => changeManyBackfills(many, 'unpause') },
  { verb: 'Cancel backfills', act: (many) => changeManyBackfills(many, 'delete') },
  { verb: 'Delete states', act: deleteMany },
]

/** Actions on the ticked triggers, or on all that the filters find: all of them or none. */
export function TriggersBulkBar({ keys, filter, total, onDone }: Props) {
  const cache = useQueryClient()
  const [isAll, setAll] = useState(false)
  const count = isAll ? total : keys.length
  const run = useMutation({
    mutationFn: ({ act }: Job) => act(isAll ? { filter } : { keys }),
    onSuccess: (reply, { verb }) => {
      done(`${verb}: ${reply.count}`)
      onDone()
    },
    onError: failed,
    onSettled: () => void cache.invalidateQueries({ queryKey: ['triggers'] }),
  })
  return (
    <Group gap="xs" mb="xs" role="toolbar" aria-label="Actions on the selected triggers">
      <Text size="sm" fw={600}>{count.toLocaleString('en')} selected</Text>
      {total > keys.length && <Button variant="subtle" aria-pressed={isAll} onClick={() => setAll(!isAll)}>{isAll ? `Only the ${keys.length} ticked` : `Select all ${total.toLocaleString('en')}`}</Button>}
      {JOBS.map((job) => (
        <Button key={job.verb} variant="default" loading={run.isPending && run.variables.verb === job.verb} disabled={run.isPending} onClick={() => confirmed(`${job.verb} of ${counted(count, 'trigger')}?`) && run.mutate(job)}>
          {job.verb}
        </Button>
      ))}
      <Button variant="subtle" onClick={onDone}>Cancel</Button>
    </Group>
  )
}
