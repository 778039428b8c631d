import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useCan } from '../api/capabilities'
import { deleteFlow, updateFlow } from '../api/flows'
import { dependenciesQuery } from '../api/flowViews'
import type { Flow } from '../api/types'
import { confirmed } from '../parts/confirmed'
import { failed } from '../parts/notes'
import { SourceEditor } from './SourceEditor'
import { dependentsOf, farewell } from './dependents'
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
  const knowsOthers = useCan('GET /api/v1/flows/{}/{}/dependencies')
  const ask = async () => {
    const others = knowsOthers ? await cache.fetchQuery(dependenciesQuery(namespace, id, false)) : { nodes: [], edges: [] }
    if (!confirmed(farewell(id, dependentsOf(others, namespace, id)))) return
    setLeaving(true)
    remove.mutate()
  }
  return (
    <SourceEditor source={source} onChange={setSource} onSave={() => isChanged && save.mutate()} isChanged={isChanged} isSaving={save.isPending} error={save.error}>
      <Button variant="default" component={Link} to="/flows/new" search={{ copy: `${namespace}.${id}` } as never}>Copy</Button>
      <Button variant="default" onClick={() => ask().catch(failed)}>Delete</Button>
    </SourceEditor>
  )
}
