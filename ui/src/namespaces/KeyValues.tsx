import { Button, Checkbox, Group, Table } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { deleteKeys, inheritedKeysQuery, keysQuery, valueQuery, type KeyEntry } from '../api/keyValues'
import { useCan } from '../api/capabilities'
import { Typed } from '../executions/FilterBar'
import { counted, rich, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { Moment } from '../parts/Moment'
import { failed } from '../parts/notes'
import { Pager } from '../parts/Pager'
import { textOf } from '../parts/ValueTable'
import { usePreferences } from '../settings/preferences'
import { KeyEditor } from './KeyEditor'

/** Entries of a namespace and those it inherits; values are asked for page by page. */
export function KeyValues({ namespace }: { namespace: string }) {
  const { rows } = usePreferences()
  const [search, setSearch] = useState('')
  const [{ page, size }, setPlace] = useState({ page: 1, size: rows })
  const [edited, setEdited] = useState<KeyEntry | null>()
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const own = useQuery(keysQuery(namespace))
  const inherited = useQuery({ ...inheritedKeysQuery(namespace), enabled: useCan('GET /api/v1/namespaces/{}/kv/inheritance') })
  const cache = useQueryClient()
  const remove = useMutation({
    mutationFn: (keys: readonly string[]) => deleteKeys(namespace, keys),
    onSuccess: () => setTicked(new Set()),
    onError: failed,
    onSettled: () => void cache.invalidateQueries({ queryKey: ['kv', namespace] }),
  })
  const names = new Set(own.data?.map(({ key }) => key))
  // An entry of its own hides that of a parent.
  const all = [...(own.data ?? []), ...(inherited.data ?? []).filter(({ key }) => !names.has(key))]
  const fitting = all.filter(({ key }) => key.toLowerCase().includes(search.toLowerCase())).toSorted((a, b) => a.key.localeCompare(b.key))
  const shown = fitting.slice((page - 1) * size, page * size)
  const chosen = [...ticked].filter((key) => names.has(key))
  const tick = (key: string, isOn: boolean) => setTicked((before) => new Set(isOn ? [...before, key] : [...before].filter((item) => item !== key)))
  return (
    <>
      <Group gap="xs" mb="xs">
        <Typed label={t`Search keys`} value={search} onSettled={(text) => { setSearch(text); setPlace({ page: 1, size }) }} isFirst />
        {chosen.length > 0 && <Button variant="default" loading={remove.isPending} onClick={() => confirmed(t`Delete ${counted(chosen.length, 'entry', 'entries')}?`) && remove.mutate(chosen)}>{t`Delete ${chosen.length}`}</Button>}
        <Button variant="default" ml="auto" onClick={() => setEdited(null)}>{t`New key-value`}</Button>
      </Group>
      <ErrorBox error={own.error ?? inherited.error} />
      {own.data && fitting.length === 0 && <Empty what="key-value pairs" isFiltered={search !== ''} onClear={() => setSearch('')} />}
      {shown.length > 0 && (
        <>
          <div className="panel table-scroll" role="region" aria-label={t`Key-value pairs`} tabIndex={0}>
            <Table className="list">
              <Table.Thead>
                <Table.Tr><Table.Th w={34} aria-label={t`Select`} /><Table.Th>{t`Key`}</Table.Th><Table.Th>{t`Value`}</Table.Th><Table.Th className="only-wide">{t`Created`}</Table.Th><Table.Th>{t`Updated`}</Table.Th><Table.Th>{t`Expires`}</Table.Th><Table.Th aria-label={t`Actions`} /></Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map((entry) => (
                  <Row key={`${entry.namespace}/${entry.key}`} entry={entry} isOwn={entry.namespace === namespace} isTicked={ticked.has(entry.key)} onTick={(isOn) => tick(entry.key, isOn)} onEdit={() => setEdited(entry)} onDelete={() => confirmed(t`Delete ${entry.key}?`) && remove.mutate([entry.key])} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
          <Pager page={page} size={size} total={fitting.length} onChange={(next, count) => setPlace({ page: next, size: count })} />
        </>
      )}
      {edited !== undefined && <KeyEditor namespace={namespace} entry={edited} taken={names} onClose={() => setEdited(undefined)} />}
    </>
  )
}

interface RowProps {
  entry: KeyEntry
  isOwn: boolean
  isTicked: boolean
  onTick: (isOn: boolean) => void
  onEdit: () => void
  onDelete: () => void
}

function Row({ entry: { key, namespace, description, creationDate, updateDate, expirationDate }, isOwn, isTicked, onTick, onEdit, onDelete }: RowProps) {
  return (
    <Table.Tr data-selected={isTicked || undefined}>
      <Table.Td>{isOwn && <Checkbox size="xs" aria-label={t`Select ${key}`} checked={isTicked} onChange={(event) => onTick(event.currentTarget.checked)} />}</Table.Td>
      <Table.Td title={description}>
        {key} {!isOwn && <small>{rich`inherited from ${<Link key="from" to={`/namespaces/edit/${namespace}/kv`}>{namespace}</Link>}`}</small>}
      </Table.Td>
      <Table.Td maw={360}><Shown namespace={namespace} name={key} updated={updateDate} /></Table.Td>
      <Table.Td className="only-wide"><Moment at={creationDate} /></Table.Td>
      <Table.Td><span className="only-narrow">{t`updated`} </span><Moment at={updateDate} /></Table.Td>
      <Table.Td><span className="only-narrow">{t`expires`} </span>{expirationDate ? <Moment at={expirationDate} /> : t`never`}</Table.Td>
      <Table.Td ta="right">
        {isOwn && (
          <>
            <Button size="compact-xs" variant="subtle" aria-label={t`Edit ${key}`} onClick={onEdit}>{t`Edit`}</Button>
            <Button size="compact-xs" variant="subtle" aria-label={t`Delete ${key}`} onClick={onDelete}>{t`Delete`}</Button>
          </>
        )}
      </Table.Td>
    </Table.Tr>
  )
}

function Shown({ namespace, name, updated }: { namespace: string; name: string; updated: string }) {
  const { data, error } = useQuery({ ...valueQuery(namespace, name, updated), retry: false, staleTime: Infinity })
  if (error) return <small>{error.message}</small>
  const text = textOf(data?.value)
  return <div className="cut mono" title={text}>{text} <small>{data?.type}</small></div>
}
