import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { deleteFlows, exportFlows, flowKeyOf, setFlowsDisabled, type FlowKey } from '../api/flowSets'
import type { Flow } from '../api/types'
import { saveBlob } from '../data/save'
import { counted, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { done, failed } from '../parts/notes'

interface Job {
  verb: string
  act: (keys: readonly FlowKey[]) => Promise<unknown>
  /** Asked first; what only reads is not. */
  question?: (flows: string) => string
}

const JOBS: readonly Job[] = [
  { verb: t`Enable`, act: (keys) => setFlowsDisabled(keys, false), question: (flows) => t`Enable ${flows}? Each gets a new revision.` },
  { verb: t`Disable`, act: (keys) => setFlowsDisabled(keys, true), question: (flows) => t`Disable ${flows}? Their triggers stop, and each gets a new revision.` },
  { verb: t`Export as zip`, act: async (keys) => saveBlob(await exportFlows(keys), 'flows.zip') },
  { verb: t`Delete`, act: deleteFlows, question: (flows) => t`Delete ${flows}? Their executions stay. Flows that start them will fail.` },
]

/** Actions on the ticked flows: all of them or none. */
export function FlowsBulkBar({ flows, onDone }: { flows: readonly Flow[]; onDone: () => void }) {
  const cache = useQueryClient()
  const run = useMutation({
    mutationFn: ({ act }: Job) => act(flows.map(flowKeyOf)),
    onSuccess: (_, { verb, question }) => {
      if (question === undefined) return
      done(t`${verb}: ${flows.length}`)
      onDone()
    },
    onError: failed,
    onSettled: () => void cache.invalidateQueries(),
  })
  return (
    <Group gap="xs" mb="xs" role="toolbar" aria-label={t`Actions on the selected flows`}>
      <Text size="sm" fw={600}>{counted(flows.length, 'selected', 'selected')}</Text>
      {JOBS.map((job) => (
        <Button
          key={job.verb} variant="default" loading={run.isPending && run.variables.verb === job.verb} disabled={run.isPending}
          onClick={() => (job.question === undefined || confirmed(job.question(counted(flows.length, 'flow')))) && run.mutate(job)}
        >
          {job.verb}
        </Button>
      ))}
      <Button variant="subtle" onClick={onDone}>{t`Cancel`}</Button>
    </Group>
  )
}
