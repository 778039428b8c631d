import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { executionQuery } from '../../api/executions'
import type { Execution } from '../../api/types'
import { done } from '../../parts/notes'
import { addressOf } from '../ExecutionsTable'

export interface DialogProps {
  execution: Execution
  onClose: () => void
}

/** Does something to an execution, says so, and goes to the new one where that made one. */
export function useAct<V = void>({ execution, onClose }: DialogProps, told: string, act: (values: V) => Promise<Execution | undefined | void>) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: act,
    onSuccess: (reply) => {
      done(told)
      onClose()
      if (reply?.id && reply.id !== execution.id) void navigate({ to: `${addressOf(reply)}/gantt` })
      else void cache.invalidateQueries({ queryKey: executionQuery(execution.id).queryKey })
    },
  })
}
