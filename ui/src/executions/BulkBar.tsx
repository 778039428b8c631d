import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { actOn, deleteExecution, killExecution } from '../api/executions'
import { useCan } from '../api/capabilities'
import { counted, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { done, failed } from '../parts/notes'

type Act = (id: string) => Promise<unknown>

const restart: Act = (id) => actOn(id, 'restart')
const replay: Act = (id) => actOn(id, 'replay')

interface Job {
  verb: string
  question: string
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
      if (refused.length < ids.length) done(t`${verb}: ${ids.length - refused.length}`)
      void cache.invalidateQueries({ queryKey: ['executions'] })
      onDone()
    },
  })
  const them = counted(ids.length, 'execution')
  const button = (job: Job) => (
    <Button variant="default" loading={run.isPending && run.variables.act === job.act} onClick={() => confirmed(job.question) && run.mutate(job)}>
      {job.verb}
    </Button>
  )
  return (
    <Group gap="xs" mb="xs" role="toolbar" aria-label={t`Actions on the selected executions`}>
      <Text size="sm" fw={600}>
        {counted(ids.length, 'selected', 'selected')}
      </Text>
      {canRestart && button({ verb: t`Restart`, question: t`Restart ${them}?`, act: restart })}
      {canReplay && button({ verb: t`Replay`, question: t`Replay ${them}?`, act: replay })}
      {button({ verb: t`Kill`, question: t`Kill ${them}?`, act: killExecution })}
      {button({ verb: t`Delete`, question: t`Delete ${them}?`, act: deleteExecution })}
      <Button variant="subtle" onClick={onDone}>
        {t`Cancel`}
      </Button>
    </Group>
  )
}
