import { Button, Group, Table, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useCan } from '../api/capabilities'
import { deleteToken, makeToken, tokensQuery } from '../api/tokens'
import { rich, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { ErrorBox } from '../parts/ErrorBox'
import { Moment } from '../parts/Moment'
import { failed } from '../parts/notes'
import { Copy } from '../parts/ValueTable'
import { Section } from './Section'

/** Tokens of programs that use the API. */
export function Tokens() {
  const can = useCan('GET /api/v1/tokens')
  const cache = useQueryClient()
  const { data, error } = useQuery({ ...tokensQuery, enabled: can })
  const [name, setName] = useState('')
  const refresh = () => void cache.invalidateQueries({ queryKey: tokensQuery.queryKey })
  const make = useMutation({
    mutationFn: makeToken,
    onSuccess: () => {
      setName('')
      refresh()
    },
  })
  const revoke = useMutation({ mutationFn: deleteToken, onSuccess: refresh, onError: failed })
  if (!can) return null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate(name.trim())
  }
  return (
    <Section title={t`API tokens`} hint={rich`Programs send one as ${<code key="header" className="mono">Authorization: Bearer …</code>}`}>
      <ErrorBox error={error ?? make.error} />
      {make.data && (
        <div className="token" role="status">
          <Text size="sm">{rich`Token ${<strong key="name">{make.data.name}</strong>}, shown this once:`}</Text>
          <code className="mono">{make.data.token}</code> <Copy text={make.data.token} />
        </div>
      )}
      {data && data.length > 0 && (
        <Table my="xs" maw={640}>
          <Table.Thead><Table.Tr><Table.Th>{t`Name`}</Table.Th><Table.Th>{t`Made`}</Table.Th><Table.Th aria-label={t`Actions`} /></Table.Tr></Table.Thead>
          <Table.Tbody>
            {data.map((token) => (
              <Table.Tr key={token.name}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{token.name}</Table.Td>
                <Table.Td><Moment at={token.created} /></Table.Td>
                <Table.Td ta="right">
                  <Button size="compact-xs" variant="subtle" aria-label={t`Revoke ${token.name}`} onClick={() => confirmed(t`Revoke the token ${token.name}? Programs that use it are refused then.`) && revoke.mutate(token.name)}>{t`Revoke`}</Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <form onSubmit={submit}>
        <Group gap="xs" align="flex-end">
          <TextInput label={t`Name of a new token`} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Button type="submit" variant="default" loading={make.isPending} disabled={!name.trim()}>{t`Make it`}</Button>
        </Group>
      </form>
    </Section>
  )
}
