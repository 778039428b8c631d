import { Drawer, NativeSelect, ScrollArea, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { previewFile, type Preview } from '../api/executions'
import { t } from '../language'
import { ErrorBox } from './ErrorBox'
import { useFocusBack } from './useFocusBack'
import { textOf } from './ValueTable'

interface Props {
  uri: string
  executionId: string
  onClose: () => void
}

/** The first rows of a file. Its content is text to be shown, never a page to be run. */
export function FilePreview({ uri, executionId, onClose }: Props) {
  useFocusBack()
  const [rows, setRows] = useState('100')
  const { data, error } = useQuery({
    queryKey: ['preview', executionId, uri, rows],
    queryFn: () => previewFile(executionId, uri, Number(rows)),
    retry: false,
  })
  return (
    <Drawer opened onClose={onClose} position="right" size="min(900px, 100%)" title={uri.slice(uri.lastIndexOf('/') + 1)}>
      <NativeSelect aria-label={t`Rows`} size="xs" w={120} mb="sm" value={rows} data={['10', '100', '1000', '5000']} onChange={(event) => setRows(event.currentTarget.value)} />
      <ErrorBox error={error} />
      {data && <Content preview={data} />}
      {data?.truncated && <Text size="sm" c="dimmed" mt="xs">{t`There is more in the file.`}</Text>}
    </Drawer>
  )
}

function Content({ preview }: { preview: Preview }) {
  if (preview.type === 'LIST') return <Rows rows={preview.content as Record<string, unknown>[]} />
  if (preview.type === 'IMAGE') {
    const type = preview.extension === 'svg' ? 'svg+xml' : preview.extension
    return <img alt={t`Preview`} style={{ maxWidth: '100%' }} src={`data:image/${type};base64,${String(preview.content)}`} />
  }
  return <pre className="block mono" style={{ maxHeight: 'none' }}>{textOf(preview.content)}</pre>
}

function Rows({ rows }: { rows: Record<string, unknown>[] }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(Object(row))))]
  return (
    <ScrollArea>
      <Table striped>
        <Table.Thead>
          <Table.Tr>{columns.map((name) => <Table.Th key={name}>{name}</Table.Th>)}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, index) => (
            <Table.Tr key={index}>
              {columns.map((name) => <Table.Td key={name} className="mono">{textOf(row[name])}</Table.Td>)}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  )
}
