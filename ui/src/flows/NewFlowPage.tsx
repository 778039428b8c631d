import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { createFlow } from '../api/flows'
import { PageHead } from '../parts/PageHead'
import { done } from '../parts/notes'
import { one } from '../search'
import { useAddress } from '../useAddress'

const SourceEditor = lazy(() => import('../editor/SourceEditor').then((module) => ({ default: module.SourceEditor })))

const TEMPLATE = (namespace: string) => `id: my_flow
namespace: ${namespace}

inputs:
  - id: name
    type: STRING
    defaults: world

tasks:
  - id: hello
    type: io.kestra.plugin.core.log.Log
    message: "Hello, {{ inputs.name }}!"
`

export default function NewFlowPage() {
  const [search] = useAddress()
  const [source, setSource] = useState(() => TEMPLATE(one(search, 'namespace') || 'company.team'))
  const navigate = useNavigate()
  const cache = useQueryClient()
  const create = useMutation({
    mutationFn: () => createFlow(source),
    onSuccess: ({ namespace, id }) => {
      done(`Flow ${id} is created`)
      void cache.invalidateQueries({ queryKey: ['flows'] })
      void navigate({ to: `/flows/edit/${namespace}/${id}/editor` })
    },
  })
  return (
    <>
      <PageHead title="New flow" />
      <Suspense fallback={<p aria-busy>Loading the editor …</p>}>
        <SourceEditor source={source} onChange={setSource} onSave={() => create.mutate()} isChanged isSaving={create.isPending} error={create.error} />
      </Suspense>
    </>
  )
}
