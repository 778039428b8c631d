import { Button, Group, Table, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { deleteSecret, inheritedSecretsQuery, secretsQuery, type Secret } from '../api/secrets'
import { Typed } from '../executions/FilterBar'
import { rich, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { Labels } from '../parts/Labels'
import { Moment } from '../parts/Moment'
import { failed } from '../parts/notes'
import { SecretEditor } from './SecretEditor'
import { listed, type Listed } from './secretList'

/** Names of secrets: their values go in and never come out. */
export function Secrets({ namespace }: { namespace: string }) {
  const [search, setSearch] = useState('')
  const [edited, setEdited] = useState<Secret | null>()
  const own = useQuery(secretsQuery(namespace))
  const inherited = useQuery(inheritedSecretsQuery(namespace))
  const cache = useQueryClient()
  const refresh = () => void cache.invalidateQueries({ queryKey: ['secrets'] })
  const remove = useMutation({ mutationFn: (key: string) => deleteSecret(namespace, key), onSuccess: refresh, onError: failed })
  const all = listed(namespace, own.data?.results ?? [], inherited.data ?? {})
  const shown = all.filter(({ secret }) => secret.key.toLowerCase().includes(search.toLowerCase()))
  return (
    <>
      <Group gap="xs" mb="xs">
        <Typed label={t`Search secrets`} value={search} onSettled={setSearch} isFirst />
        <Text size="sm" c="dimmed">{rich`Flows read one as ${<code key="code" className="mono">{"{{ secret('NAME') }}"}</code>}`}</Text>
        <Button variant="default" ml="auto" onClick={() => setEdited(null)}>{t`New secret`}</Button>
      </Group>
      <ErrorBox error={own.error ?? inherited.error} />
      {own.data && shown.length === 0 && <Empty what="secrets" isFiltered={search !== ''} onClear={() => setSearch('')} />}
      {shown.length > 0 && (
        <div className="panel table-scroll" role="region" aria-label={t`Secrets`} tabIndex={0}>
          <Table className="list">
            <Table.Thead><Table.Tr><Table.Th>{t`Name`}</Table.Th><Table.Th>{t`Comes from`}</Table.Th><Table.Th>{t`Description`}</Table.Th><Table.Th>{t`Tags`}</Table.Th><Table.Th>{t`Updated`}</Table.Th><Table.Th aria-label={t`Actions`} /></Table.Tr></Table.Thead>
            <Table.Tbody>
              {shown.map((item) => (
                <Row key={`${item.from}/${item.secret.key}`} item={item} onEdit={() => setEdited(item.secret)} onDelete={() => confirmed(t`Delete the secret ${item.secret.key}? Flows that use it fail then.`) && remove.mutate(item.secret.key)} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {edited !== undefined && <SecretEditor namespace={namespace} secret={edited} onClose={() => setEdited(undefined)} onSaved={refresh} />}
    </>
  )
}

function Row({ item: { secret, from }, onEdit, onDelete }: { item: Listed; onEdit: () => void; onDelete: () => void }) {
  const { key, description, tags, updateDate } = secret
  return (
    <Table.Tr>
      <Table.Td className="mono">{key}</Table.Td>
      <Table.Td><span className="only-narrow">{t`from`} </span>{from === 'own' ? t`here` : from === 'environment' ? t`the environment of the server` : <Link to={`/namespaces/edit/${from}/secrets`}>{from}</Link>}</Table.Td>
      <Table.Td maw={320} className={description ? undefined : 'only-wide'}><div className="cut" title={description}>{description ?? '–'}</div></Table.Td>
      <Table.Td><Labels labels={tags} /></Table.Td>
      <Table.Td className={updateDate ? undefined : 'only-wide'}><Moment at={updateDate} /></Table.Td>
      <Table.Td ta="right">
        {from === 'own' && (
          <>
            <Button size="compact-xs" variant="subtle" aria-label={t`Change ${key}`} onClick={onEdit}>{t`Change`}</Button>
            <Button size="compact-xs" variant="subtle" aria-label={t`Delete ${key}`} onClick={onDelete}>{t`Delete`}</Button>
          </>
        )}
      </Table.Td>
    </Table.Tr>
  )
}
