import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { contentQuery, fileStatsQuery, writeFile } from '../api/files'
import { useUnsaved } from '../editor/useUnsaved'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { bytes } from '../parts/FileLink'
import { done } from '../parts/notes'
import { isFlow, languageOf } from './languages'

const CodeEditor = lazy(() => import('../editor/CodeEditor'))

const MOST_BYTES = 2_000_000
const NUL = '\u0000'

interface Props {
  namespace: string
  path: string
  isChanged: boolean
  onChanged: (isChanged: boolean) => void
}

/** The text of a file; what is too large or no text is for downloading only. */
export function FileEditor({ namespace, path, isChanged, onChanged }: Props) {
  const stats = useQuery(fileStatsQuery(namespace, path))
  const isSmall = stats.data !== undefined && stats.data.size <= MOST_BYTES
  const content = useQuery({ ...contentQuery(namespace, path), enabled: isSmall })
  const [text, setText] = useState<string>()
  const cache = useQueryClient()
  const save = useMutation({
    mutationFn: (written: string) => writeFile(namespace, path, new Blob([written])),
    onSuccess: (_, written) => {
      done(t`${path} is saved`)
      onChanged(false)
      cache.setQueryData(contentQuery(namespace, path).queryKey, written)
      void cache.invalidateQueries({ queryKey: ['files', namespace, 'folder'] })
    },
  })
  useUnsaved(isChanged)
  if (stats.error ?? content.error) return <ErrorBox error={stats.error ?? content.error} />
  if (stats.data && !isSmall) return <Text size="sm">{t`${path} has ${bytes(stats.data.size)}: too large for the editor. Download it instead.`}</Text>
  const { data } = content
  if (data === undefined) return <p aria-busy>{t`Loading …`}</p>
  if (data.includes(NUL)) return <Text size="sm">{t`${path} is no text. Download it instead.`}</Text>
  const shown = text ?? data
  const change = (next: string) => {
    setText(next)
    onChanged(next !== data)
  }
  return (
    <div style={{ minWidth: 0 }}>
      <Group justify="space-between" mb="xs" wrap="nowrap">
        <Text size="sm" className="mono cut" title={path}>{path}{isChanged ? ' •' : ''}</Text>
        <Button onClick={() => save.mutate(shown)} loading={save.isPending} disabled={!isChanged}>{t`Save`}</Button>
      </Group>
      <ErrorBox error={save.error} />
      <Suspense fallback={<p aria-busy>{t`Loading the editor …`}</p>}>
        <CodeEditor value={shown} onChange={change} onSave={() => save.mutate(shown)} language={languageOf(path)} schema={isFlow(path) ? 'flow' : undefined} height="calc(100dvh - 270px)" label={path} />
      </Suspense>
    </div>
  )
}
