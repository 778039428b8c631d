import { Checkbox, Group, Table, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { requestPlain } from '../api/client'
import { configsQuery } from '../api/configs'
import { counted, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { Section } from './Section'

interface Environment {
  propertySources: { properties: Record<string, string> }[]
}

/** What the operator set; the server masks what may be secret before it sends it. */
export function Configuration() {
  const { data: configs } = useQuery(configsQuery)
  const { data, error } = useQuery({ queryKey: ['env'], queryFn: () => requestPlain<Environment>('/env'), staleTime: Infinity })
  const [text, setText] = useState('')
  const [isAll, setAll] = useState(false)
  const all = Object.entries(Object.assign({}, ...(data?.propertySources.map(({ properties }) => properties) ?? [])) as Record<string, string>)
  const shown = all.filter(([name, value]) => (isAll || value !== '') && `${name} ${value}`.toLowerCase().includes(text.toLowerCase()))
  const days = all.find(([name]) => name === 'tiercel.retention.days')?.[1]
  return (
    <Section title={t`Server`} hint={t`The configuration in force. It is set by a file or by environment variables, and read at the start.`}>
      <dl className="facts">
        <dt>{t`Version`}</dt><dd>{configs?.version ?? '…'}</dd>
        {configs?.url && <><dt>{t`Address`}</dt><dd>{configs.url}</dd></>}
        <dt>{t`Ended executions are kept`}</dt><dd>{days === undefined ? '…' : days === '' || days === '0' ? t`for ever` : counted(Number(days), 'day')}</dd>
      </dl>
      <ErrorBox error={error} />
      {data && (
        <>
          <Group gap="sm" my="xs">
            <TextInput aria-label={t`Search the configuration`} placeholder={t`Search`} value={text} onChange={(event) => setText(event.currentTarget.value)} data-filter />
            <Checkbox size="xs" label={t`Also what is not set`} checked={isAll} onChange={(event) => setAll(event.currentTarget.checked)} />
            <Text size="xs" c="dimmed">{t`${shown.length} of ${all.length}`}</Text>
          </Group>
          <div className="settings-keys" role="region" aria-label={t`Configuration in force`} tabIndex={0}>
            <Table layout="fixed">
              <Table.Tbody>
                {shown.map(([name, value]) => (
                  <Table.Tr key={name}>
                    <Table.Th scope="row" className="mono" fw={400}>{name}</Table.Th>
                    <Table.Td className="mono">{value === '' ? <Text span size="xs" c="dimmed">{t`not set`}</Text> : value}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </>
      )}
    </Section>
  )
}
