import { NativeSelect } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useCan } from '../api/capabilities'
import { part, request, requestText, type Page } from '../api/client'
import { createFlow } from '../api/flows'
import { PageHead } from '../parts/PageHead'
import { done, failed } from '../parts/notes'
import { useInserted } from '../plugins/useInserted'
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
  const namespace = one(search, 'namespace') || 'company.team'
  const inserted = useInserted(search, namespace)
  return inserted === undefined ? <p aria-busy>Loading …</p> : <Begun start={inserted ?? TEMPLATE(namespace)} />
}

function Begun({ start }: { start: string }) {
  const [source, setSource] = useState(start)
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
      <PageHead title="New flow">
        <Blueprints onChoose={setSource} />
      </PageHead>
      <Suspense fallback={<p aria-busy>Loading the editor …</p>}>
        <SourceEditor source={source} onChange={setSource} onSave={() => create.mutate()} isChanged isSaving={create.isPending} error={create.error} />
      </Suspense>
    </>
  )
}

interface Blueprint {
  id: string
  title: string
}

/** Flows that run as they are, to begin with. */
function Blueprints({ onChoose }: { onChoose: (source: string) => void }) {
  const can = useCan('GET /api/v1/blueprints/community')
  const { data } = useQuery({
    queryKey: ['blueprints'],
    queryFn: () => request<Page<Blueprint>>('/blueprints/community', { query: { size: 100 } }),
    enabled: can,
  })
  if (!data?.total) return null
  const choose = (id: string) => {
    if (id) requestText(`/blueprints/community/${part(id)}/flow`).then(onChoose, failed)
  }
  return (
    <NativeSelect
      size="xs" aria-label="Begin with an example" onChange={(event) => choose(event.currentTarget.value)}
      data={[{ value: '', label: 'Begin with an example …' }, ...data.results.map(({ id, title }) => ({ value: id, label: title }))]}
    />
  )
}
