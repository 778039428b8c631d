import { NativeSelect } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useCan } from '../api/capabilities'
import { blueprintQuery, blueprintsQuery } from '../api/blueprints'
import { ApiError } from '../api/client'
import { createFlow, flowQuery, readFlow } from '../api/flows'
import type { Flow } from '../api/types'
import { useUnsaved } from '../editor/useUnsaved'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { done, failed } from '../parts/notes'
import { useInserted } from '../plugins/useInserted'
import { one } from '../search'
import { useAddress } from '../useAddress'

const Taken = lazy(() => import('../editor/Questions').then((module) => ({ default: module.Taken })))
const Actions = lazy(() => import('../editor/Actions').then((module) => ({ default: module.Actions })))
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
  const copied = useCopied(one(search, 'copy'))
  const example = useExample(one(search, 'blueprint'))
  const inserted = useInserted(search, namespace)
  const given = copied ?? example
  if (given) return <Begun start={given} />
  return [inserted, copied, example].includes(undefined) ? <p aria-busy>{t`Loading …`}</p> : <Begun start={inserted ?? TEMPLATE(namespace)} />
}

/** The source of the flow that a new one begins as, under another id: undefined while it is looked up, null without. */
function useCopied(name: string): string | null | undefined {
  const at = name.lastIndexOf('.')
  const id = name.slice(at + 1)
  const { data, error } = useQuery({ ...flowQuery(name.slice(0, at), id), enabled: at > 0 })
  if (at <= 0 || error) return null
  return data && (data.source ?? '').replace(/^id:.*$/m, `id: ${id}_copy`)
}

/** The source of an example, as above. */
function useExample(id: string): string | null | undefined {
  const { data, error } = useQuery({ ...blueprintQuery(id), enabled: id !== '' })
  return id === '' || error ? null : data?.flow
}

const isTaken = (error: unknown) => error instanceof ApiError && error.problems.some(({ path }) => path === 'flow.id')

/** The flow whose name a text has. */
async function takerOf(source: string): Promise<Flow | undefined> {
  const { nameIn } = await import('../editor/naming')
  const name = nameIn(source)
  return name && readFlow(name.namespace, name.id)
}

function Begun({ start }: { start: string }) {
  const [source, setSource] = useState(start)
  const [taker, setTaker] = useState<Flow>()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const stored = ({ namespace, id, revision }: Flow) => {
    setTaker(undefined)
    done(revision > 1 ? t`Saved as revision ${revision}` : t`Flow ${id} is created`)
    void cache.invalidateQueries({ queryKey: ['flows'] })
    void cache.invalidateQueries({ queryKey: ['flow', namespace, id] })
    void navigate({ to: `/flows/edit/${namespace}/${id}/editor`, ignoreBlocker: true })
  }
  const create = useMutation({
    mutationFn: () => createFlow(source),
    onSuccess: stored,
    onError: (error) => {
      if (isTaken(error)) takerOf(source).then(setTaker, failed)
    },
  })
  useUnsaved(source !== start && !create.isSuccess)
  return (
    <>
      <PageHead title={t`New flow`} crumbs={<><Link to="/flows">{t`Flows`}</Link> / <Link to="/blueprints">{t`Examples`}</Link></>}>
        <Blueprints onChoose={setSource} />
      </PageHead>
      <Suspense fallback={<p aria-busy>{t`Loading the editor …`}</p>}>
        <SourceEditor source={source} onChange={setSource} onSave={() => create.mutate()} isChanged isSaving={create.isPending} error={create.error}>
          <Suspense><Actions source={source} onChange={setSource} /></Suspense>
        </SourceEditor>
      </Suspense>
      {taker && <Suspense><Taken current={taker} source={source} onStored={stored} onClose={() => setTaker(undefined)} /></Suspense>}
    </>
  )
}

/** Flows that run as they are, to begin with. */
function Blueprints({ onChoose }: { onChoose: (source: string) => void }) {
  const can = useCan('GET /api/v1/blueprints/community')
  const { data } = useQuery({ ...blueprintsQuery(), enabled: can })
  const cache = useQueryClient()
  if (!data?.total) return null
  const choose = (id: string) => {
    if (id) cache.fetchQuery(blueprintQuery(id)).then(({ flow }) => onChoose(flow), failed)
  }
  return (
    <NativeSelect
      size="xs" w={{ base: 210, xs: 260 }} aria-label={t`Begin with an example`} onChange={(event) => choose(event.currentTarget.value)}
      data={[{ value: '', label: t`Begin with an example…` }, ...data.results.map(({ id, title }) => ({ value: id, label: title }))]}
    />
  )
}
