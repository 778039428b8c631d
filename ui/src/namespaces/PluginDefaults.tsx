import { Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { part, request, requestPlain } from '../api/client'
import type { Flow } from '../api/types'
import { rich, t } from '../language'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { textOf } from '../parts/ValueTable'
import { declaredDefaults, serverDefaults, type Default } from './defaults'

interface Environment {
  propertySources: { properties: Record<string, string> }[]
}

/** What tasks get that do not say otherwise: by their flow, and by the server for all flows. */
export function PluginDefaults({ namespace }: { namespace: string }) {
  const flows = useQuery({ queryKey: ['flows', 'of', namespace], queryFn: () => request<Flow[]>(`/flows/${part(namespace)}`) })
  const environment = useQuery({ queryKey: ['env'], queryFn: () => requestPlain<Environment>('/env'), staleTime: Infinity })
  const declared = (flows.data ?? []).flatMap(declaredDefaults)
  const ofServer = serverDefaults(Object.assign({}, ...(environment.data?.propertySources.map(({ properties }) => properties) ?? [])) as Record<string, string>)
  return (
    <Stack gap="md">
      <ErrorBox error={flows.error ?? environment.error} />
      {flows.data && declared.length === 0 && ofServer.length === 0 && <Empty what="plugin defaults"><Text size="sm">{rich`A flow sets some with ${<code key="name" className="mono">pluginDefaults</code>}.`}</Text></Empty>}
      {declared.length > 0 && <Part title={t`Set by flows`} defaults={declared} namespace={namespace} />}
      {ofServer.length > 0 && <Part title={t`Inherited from the configuration of the server`} defaults={ofServer} namespace={namespace} />}
    </Stack>
  )
}

function Part({ title, defaults, namespace }: { title: string; defaults: readonly Default[]; namespace: string }) {
  return (
    <section aria-label={title}>
      <Title order={2} mb="xs">{title}</Title>
      <div className="panel table-scroll" role="region" aria-label={t`Defaults: ${title}`} tabIndex={0}>
        <Table className="list">
          <Table.Thead><Table.Tr><Table.Th>{t`Type`}</Table.Th><Table.Th>{t`Values`}</Table.Th><Table.Th>{t`Flow`}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {defaults.map(({ type, values, isForced, flowId }, index) => (
              <Table.Tr key={index}>
                <Table.Td className="mono">{isForced ? t`${type} (forced)` : type}</Table.Td>
                <Table.Td style={{ whiteSpace: 'normal', minWidth: 260 }}>
                  <dl className="facts">{Object.entries(values).map(([name, value]) => [<dt key={`${name}-name`} className="mono">{name}</dt>, <dd key={name} className="mono">{textOf(value)}</dd>])}</dl>
                </Table.Td>
                <Table.Td>{flowId ? <Link to={`/flows/edit/${namespace}/${flowId}/editor`}>{flowId}</Link> : t`all`}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  )
}
