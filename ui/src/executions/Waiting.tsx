import { Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { whyQuery } from '../api/acts'
import { useCan } from '../api/capabilities'
import type { Execution } from '../api/types'
import { hasEnded } from '../parts/states'

const ASK_AFTER_MS = 1000

/** What an execution waits for, as the server tells it; a running one says it by its task runs. */
export function Waiting({ execution }: { execution: Execution }) {
  const { id, state, taskRunList = [] } = execution
  const can = useCan('GET /api/v1/executions/{}/why')
  const isOver = hasEnded(state.current)
  const open = taskRunList.filter((run) => !hasEnded(run.state.current)).length
  // While one task run follows another it waits for nothing that could be read.
  const [settled] = useDebouncedValue(`${taskRunList.length}.${open}`, ASK_AFTER_MS)
  const stamp = `${state.histories.length}.${settled}`
  const { data } = useQuery({ ...whyQuery(id, stamp), enabled: can && !isOver, placeholderData: (before) => before })
  if (isOver || !data?.reason) return null
  return <Text size="sm" role="status" mt={8} data-state={state.current} style={{ borderLeft: '3px solid var(--state)', paddingLeft: 8, overflowWrap: 'anywhere' }}>{data.reason}</Text>
}
