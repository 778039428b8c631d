import { useQuery } from '@tanstack/react-query'
import { revisionQuery } from '../api/flows'
import type { Execution } from '../api/types'
import { ErrorBox } from '../parts/ErrorBox'
import Topology from './Topology'

export { prepare } from './Topology'

/** The revision that ran, which the latest one may not be. */
export default function ExecutionTopology({ execution }: { execution: Execution }) {
  const { namespace, flowId, flowRevision, taskRunList = [] } = execution
  const { data, error } = useQuery(revisionQuery(namespace, flowId, flowRevision))
  if (error) return <ErrorBox error={error} />
  if (!data) return null
  return <Topology flow={data} runs={taskRunList} height="calc(100dvh - 175px)" />
}
