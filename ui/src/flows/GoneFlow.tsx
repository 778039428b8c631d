import { Button, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { createFlow, lastQuery } from '../api/flows'
import { rich, t } from '../language'
import { PageHead } from '../parts/PageHead'
import { done, failed } from '../parts/notes'

/** A flow that is not there: never, or no more; what was deleted can be brought back. */
export function GoneFlow({ namespace, id }: { namespace: string; id: string }) {
  const { data, isPending } = useQuery(lastQuery(namespace, id))
  const cache = useQueryClient()
  const restore = useMutation({
    mutationFn: (source: string) => createFlow(source),
    onSuccess: () => {
      done(t`Flow ${id} is back`)
      void cache.invalidateQueries({ queryKey: ['flow', namespace, id] })
      void cache.invalidateQueries({ queryKey: ['flows'] })
    },
    onError: failed,
  })
  if (isPending) return <PageHead title={id} />
  const { source } = data ?? {}
  const name = `${namespace}.${id}`
  if (source === undefined) {
    return (
      <>
        <PageHead title={t`No such flow`} />
        <p>{rich`Flow ${name} does not exist, or was deleted. See ${<Link key="flows" to="/flows">{t`all flows`}</Link>}.`}</p>
      </>
    )
  }
  return (
    <>
      <PageHead title={id} crumbs={<><Link to="/flows">{t`Flows`}</Link> / <Link to={`/namespaces/edit/${namespace}`}>{namespace}</Link></>}>
        <Button onClick={() => restore.mutate(source)} loading={restore.isPending}>{t`Restore`}</Button>
      </PageHead>
      <Text size="sm" mb="xs">{rich`This flow was deleted. Its ${<Link key="executions" to="/executions" search={{ namespace, flowId: id } as never}>{t`executions`}</Link>} are still here, and so is its last source:`}</Text>
      <pre className="block mono" style={{ maxHeight: 'none' }} tabIndex={0} aria-label={t`Last source`}>{source.trim()}</pre>
    </>
  )
}
