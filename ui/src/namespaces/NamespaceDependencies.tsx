import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { part, request } from '../api/client'
import type { Dependencies } from '../api/flowViews'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { pictureOf } from '../topology/FlowDependencies'
import { Picture } from '../topology/Topology'

/** Who starts whom among the flows of a namespace, and beyond it. */
export default function NamespaceDependencies({ namespace }: { namespace: string }) {
  const { data, error } = useQuery({
    queryKey: ['dependencies', namespace],
    queryFn: ({ signal }) => request<Dependencies>(`/namespaces/${part(namespace)}/dependencies`, { signal }),
  })
  const graph = useMemo(() => data && pictureOf(linked(data), '', ''), [data])
  if (error) return <ErrorBox error={error} />
  if (!data || !graph) return <p aria-busy>{t`Loading …`}</p>
  if (!data.edges.length) return <Text c="dimmed">{t`No flow of this namespace starts another.`}</Text>
  return <Picture graph={graph} height="calc(100dvh - 200px)" what="flow" />
}

/** Flows that nothing leads to or from would only fill the picture. */
function linked({ nodes, edges }: Dependencies): Dependencies {
  const ends = new Set(edges.flatMap(({ source, target }) => [source, target]))
  return { nodes: nodes.filter(({ uid }) => ends.has(uid)), edges }
}
