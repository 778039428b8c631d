import { Button, Group, Select, Textarea } from '@mantine/core'
import { IconDownload, IconPlayerPlay } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import { downloadQuery, runQuery } from '../api/data'
import { counted, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { saveText } from './save'
import { Result } from './Result'

interface Props {
  database: string
  sql: string
  onSql: (sql: string) => void
  rows: string
  onRows: (rows: string) => void
  limits: { seconds: number; rows: number }
  /** Grows when a table was chosen: its rows are shown at once. */
  asked: number
}

const STEPS = ['50', '200', '1000']

export function QueryBox({ database, sql, onSql, rows, onRows, limits, asked }: Props) {
  const query = useMutation({ mutationFn: () => runQuery(database, sql, Number(rows)) })
  const download = useMutation({
    mutationFn: async () => saveText(await downloadQuery(database, sql), 'rows.csv', 'text/csv'),
  })
  useEffect(() => {
    if (asked > 0) query.mutate()
    // Only a chosen table runs by itself; a text that is being written waits for its button.
  }, [asked])
  return (
    <section aria-label={t`Query`} style={{ minWidth: 0 }}>
      <Textarea
        label="SQL" description={t`One statement that reads, ${limits.seconds} s at most. Ctrl+Enter runs it.`}
        autosize minRows={3} maxRows={14} spellCheck={false} classNames={{ input: 'mono' }}
        value={sql} onChange={(event) => onSql(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) query.mutate()
        }}
      />
      <Group gap="xs" my="xs">
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => query.mutate()} loading={query.isPending} disabled={!sql.trim()}>{t`Run`}</Button>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => download.mutate()} loading={download.isPending} disabled={!sql.trim()}>{t`All rows as CSV`}</Button>
        <Select aria-label={t`Rows shown`} data={STEPS.map((value) => ({ value, label: counted(Number(value), 'row') }))} value={rows} onChange={(value) => onRows(value ?? rows)} w={120} allowDeselect={false} />
      </Group>
      <ErrorBox error={query.error ?? download.error} />
      {query.data && !query.error && <Result answer={query.data} />}
    </section>
  )
}
