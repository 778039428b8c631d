import { Group, Switch, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { dependenciesQuery, type Dependencies } from '../api/flowViews'
import type { Flow } from '../api/types'
import { counted, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { one } from '../search'
import { useAddress } from '../useAddress'
import type { Graph } from './graph'
import { Picture } from './Topology'

const RELATIONS: Record<string, string> = { FLOW_TASK: t`starts`, FLOW_TRIGGER: t`sets off` }

/** The flows that this one starts or is set off by, and theirs; each name leads to its flow. */
export default function FlowDependencies({ flow: { namespace, id } }: { flow: Flow }) {
  const [search, change] = useAddress()
  const isWhole = one(search, 'whole') === 'true'
  const { data, error } = useQuery({ ...dependenciesQuery(namespace, id, isWhole), placeholderData: keepPreviousData })
  const graph = useMemo(() => data && pictureOf(data, namespace, id), [data, namespace, id])
  if (error) return <ErrorBox error={error} />
  if (!data || !graph) return null
  if (!data.edges.length) return <Text c="dimmed">{t`No flow starts this one, and it starts none.`}</Text>
  return (
    <>
      <Group gap="md" mb="xs">
        <Text size="sm" c="dimmed">{counted(data.nodes.length, 'flow')}</Text>
        <Switch size="xs" label={t`The whole chain`} checked={isWhole} onChange={(event) => change({ whole: event.currentTarget.checked ? 'true' : undefined })} />
      </Group>
      <Picture graph={graph} height="calc(100dvh - 215px)" what="flow" />
    </>
  )
}

export function pictureOf({ nodes, edges }: Dependencies, namespace: string, id: string): Graph {
  const known = new Set(nodes.map(({ uid }) => uid))
  return {
    nodes: nodes.map((node) => ({
      id: node.uid, title: node.id, type: node.namespace, kind: 'task', children: [],
      address: `/flows/edit/${node.namespace}/${node.id}/dependencies`,
      ...(node.namespace === namespace && node.id === id ? { isMarked: true } : {}),
    })),
    edges: edges
      .filter(({ source, target }) => known.has(source) && known.has(target))
      .map(({ source, target, relation }) => ({ id: `${source}→${target} ${relation}`, source, target, label: RELATIONS[relation] ?? relation })),
  }
}
