import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { deleteFlow, updateFlow } from '../api/flows'
import type { Flow } from '../api/types'
import { confirmed } from '../parts/confirmed'
import { failed } from '../parts/notes'
import { SourceEditor } from './SourceEditor'
import { useRevised } from './useRevised'
import { useUnsaved } from './useUnsaved'

export default function FlowEditor({ flow }: { flow: Flow }) {
  const { namespace, id, source: saved = '' } = flow
  const [source, setSource] = useState(saved)
  const [isLeaving, setLeaving] = useState(false)
  const cache = useQueryClient()
  const navigate = useNavigate()
  const isChanged = source !== saved && !isLeaving
  useUnsaved(isChanged)
  const save = useMutation({
    mutationFn: () => updateFlow(namespace, id, source),
    onSuccess: useRevised(flow),
  })
  const remove = useMutation({
    mutationFn: () => deleteFlow(namespace, id),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['flows'] })
      void navigate({ to: '/flows', ignoreBlocker: true })
    },
    onError: (error) => {
      setLeaving(false)
      failed(error)
    },
  })
  return (
    <SourceEditor source={source} onChange={setSource} onSave={() => isChanged && save.mutate()} isChanged={isChanged} isSaving={save.isPending} error={save.error}>
      <Button variant="default" onClick={() => {
        if (!confirmed(`Delete the flow ${id}? Its executions stay.`)) return
        setLeaving(true)
        remove.mutate()
      }}>
        Delete
      </Button>
    </SourceEditor>
  )
}
