import { Button, Group, Modal, Select, Table, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { part, request } from '../api/client'
import { confirmed } from '../parts/confirmed'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { Moment } from '../parts/Moment'
import { done, failed } from '../parts/notes'
import { textOf } from '../parts/ValueTable'
import { KINDS, written, type Kind } from './keyValue'

interface Entry {
  key: string
  creationDate: string
  updateDate: string
  expirationDate?: string
}

const base = (namespace: string) => `/namespaces/${part(namespace)}/kv`

export function KeyValues({ namespace }: { namespace: string }) {
  const cache = useQueryClient()
  const queryKey = ['kv', namespace]
  const { data, error } = useQuery({ queryKey, queryFn: () => request<Entry[]>(base(namespace)) })
  const [edited, setEdited] = useState<string | null>()
  const remove = useMutation({
    mutationFn: (key: string) => request<boolean>(`${base(namespace)}/${part(key)}`, { method: 'DELETE' }),
    onSuccess: () => void cache.invalidateQueries({ queryKey }),
    onError: failed,
  })
  return (
    <>
      <Group justify="flex-end" mb="xs"><Button variant="default" onClick={() => setEdited(null)}>New key-value</Button></Group>
      <ErrorBox error={error} />
      {data?.length === 0 && <Empty what="key-value pairs" />}
      {data && data.length > 0 && (
        <div className="panel table-scroll">
          <Table>
            <Table.Thead>
              <Table.Tr><Table.Th>Key</Table.Th><Table.Th>Value</Table.Th><Table.Th className="only-wide">Updated</Table.Th><Table.Th className="only-wide">Expires</Table.Th><Table.Th aria-label="Actions" /></Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map(({ key, updateDate, expirationDate }) => (
                <Table.Tr key={key}>
                  <Table.Td>{key}</Table.Td>
                  <Table.Td maw={360}><Shown namespace={namespace} name={key} updated={updateDate} /></Table.Td>
                  <Table.Td className="only-wide"><Moment at={updateDate} /></Table.Td>
                  <Table.Td className="only-wide">{expirationDate ? <Moment at={expirationDate} /> : 'never'}</Table.Td>
                  <Table.Td ta="right">
                    <Button size="compact-xs" variant="subtle" aria-label={`Edit ${key}`} onClick={() => setEdited(key)}>Edit</Button>
                    <Button size="compact-xs" variant="subtle" aria-label={`Delete ${key}`} onClick={() => confirmed(`Delete ${key}?`) && remove.mutate(key)}>Delete</Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {edited !== undefined && <Editor namespace={namespace} name={edited} onClose={() => setEdited(undefined)} />}
    </>
  )
}

const valueQuery = (namespace: string, key: string, updated: string) => ({
  queryKey: ['kv', namespace, key, updated],
  queryFn: () => request<{ type: Kind; value?: unknown }>(`${base(namespace)}/${part(key)}`),
})

function Shown({ namespace, name, updated }: { namespace: string; name: string; updated: string }) {
  const { data } = useQuery(valueQuery(namespace, name, updated))
  const text = textOf(data?.value)
  return <div className="cut mono" title={text}>{text} <small>{data?.type}</small></div>
}

function Editor({ namespace, name, onClose }: { namespace: string; name: string | null; onClose: () => void }) {
  const known = useQuery({ ...valueQuery(namespace, name ?? '', 'edited'), enabled: name !== null, gcTime: 0 })
  const [key, setKey] = useState(name ?? '')
  const [kind, setKind] = useState<Kind>()
  const [value, setValue] = useState<string>()
  const [ttl, setTtl] = useState('')
  const cache = useQueryClient()
  const type = kind ?? known.data?.type ?? 'STRING'
  const text = value ?? textOf(known.data?.value)
  const save = useMutation({
    mutationFn: () =>
      request<void>(`${base(namespace)}/${part(key)}`, { method: 'PUT', body: written(type, text), headers: { 'content-type': 'application/json', ...(ttl ? { ttl } : {}) } }),
    onSuccess: () => {
      done(`${key} is saved`)
      void cache.invalidateQueries({ queryKey: ['kv', namespace] })
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={name ?? 'New key-value'}>
      <TextInput label="Key" withAsterisk value={key} disabled={name !== null} onChange={(event) => setKey(event.currentTarget.value)} />
      <Select label="Type" data={[...KINDS]} value={type} allowDeselect={false} onChange={(next) => setKind(next as Kind)} mt="xs" />
      <Textarea label="Value" size="xs" autosize minRows={2} maxRows={12} classNames={{ input: 'mono' }} value={text} onChange={(event) => setValue(event.currentTarget.value)} mt="xs" />
      <TextInput label="Expires after" placeholder="never, or a duration such as P30D" value={ttl} onChange={(event) => setTtl(event.currentTarget.value)} mt="xs" mb="sm" />
      <ErrorBox error={save.error} />
      <Group justify="flex-end" mt="sm"><Button onClick={() => save.mutate()} loading={save.isPending} disabled={!key}>Save</Button></Group>
    </Modal>
  )
}
