import { CopyButton, Table, Text, Title, UnstyledButton } from '@mantine/core'
import { t } from '../language'
import { FileLink } from './FileLink'
import { isEncrypted, MASK } from './secrets'

interface Props {
  title: string
  values: Record<string, unknown> | undefined
  executionId: string
}

const SHOWN_CHARACTERS = 400

/** Names and values at once: no click stands between a reader and an input. */
export function ValueTable({ title, values, executionId }: Props) {
  const entries = Object.entries(values ?? {})
  if (!entries.length) return null
  return (
    <section aria-label={title}>
      <Title order={2} mb="xs">
        {title}
      </Title>
      <div className="panel">
        <Table layout="fixed">
          <Table.Tbody>
            {entries.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={500} w="30%" style={{ overflowWrap: 'anywhere' }}>
                  {name}
                </Table.Th>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  <Value value={value} executionId={executionId} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  )
}

export const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 1) ?? '')

export const isFile = (value: unknown): value is string => typeof value === 'string' && value.startsWith('kestra:///')

export function Value({ value, executionId }: { value: unknown; executionId: string }) {
  if (isEncrypted(value)) return <Secret />
  if (isFile(value)) return <FileLink uri={value} executionId={executionId} />
  if (value === null || value === undefined) return <Text span size="sm" c="dimmed">null</Text>
  const text = textOf(value)
  return (
    <span className="mono" style={{ whiteSpace: 'pre-wrap' }}>
      {text === '' ? <Text span size="sm" c="dimmed">{t`empty text`}</Text> : text.slice(0, SHOWN_CHARACTERS)}
      {text.length > SHOWN_CHARACTERS && '…'}{' '}
      {text !== '' && <Copy text={text} />}
    </span>
  )
}

/** A value that was encrypted: that there is one is all that is told. */
export function Secret() {
  return <Text span size="sm" title={t`A secret: its value is never shown`}>{MASK} <Text span size="xs" c="dimmed">{t`secret`}</Text></Text>
}

export function Copy({ text, label = t`copy` }: { text: string; label?: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <UnstyledButton fz="xs" c="var(--mantine-color-anchor)" onClick={copy}>
          {copied ? t`copied` : label}
        </UnstyledButton>
      )}
    </CopyButton>
  )
}
