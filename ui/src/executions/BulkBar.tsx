import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { actOn, deleteExecution, killExecution } from '../api/executions'
import { useCan } from '../api/capabilities'
import { confirmed } from '../parts/confirmed'
import { counted } from '../language'
import { done, failed } from '../parts/notes'

type Act = (id: string) => Promise<unknown>

interface Job {
  verb: string
  act: Act
}

/** Actions on chosen executions; each that is refused is told with its reason. */
export function BulkBar({ ids, onDone }: { ids: readonly string[]; onDone: () => void }) {
  const cache = useQueryClient()
  const canRestart = useCan('POST /api/v1/executions/{}/restart')
  const canReplay = useCan('POST /api/v1/executions/{}/replay')
  const run = useMutation({
    mutationFn: async ({ act }: Job) => {
      const refused: string[] = []
      for (const id of ids) {
        await act(id).catch((error: Error) => refused.push(`${id.slice(0, 8)}: ${error.message}`))
      }
      return refused
    },
    onSuccess: (refused, { verb }) => {
      if (refused.length) failed(new Error(refused.join('\n')))
      if (refused.length < ids.length) done(`${verb}: ${ids.length - refused.length}`)
      void cache.invalidateQueries({ queryKey: ['executions'] })
      onDone()
    },
  })
  const button = (verb: string, act: Act, colour?: string) => (
    <Button
      variant="default" loading={run.isPending && run.variables.verb === verb} {...(colour ? { color: colour } : {})}
      onClick={() => confirmed(`${verb} ${counted(ids.length, 'execution')}?`) && run.mutate({ verb, act })}
    >
      {verb}
    </Button>
  )
  return (
    <Group gap="xs" mb="xs" role="toolbar" aria-label="Actions on the selected executions">
      <Text size="sm" fw={600}>
        {ids.length} selected
      </Text>
      {canRestart && button('Restart', (id) => actOn(id, 'restart'))}
      {canReplay && button('Replay', (id) => actOn(id, 'replay'))}
      {button('Kill', killExecution)}
      {button('Delete', deleteExecution)}
      <Button variant="subtle" onClick={onDone}>
        Cancel
      </Button>
    </Group>
  )
}
