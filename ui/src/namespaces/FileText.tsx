import { Button, Group, Stack, Text } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { contentQuery, fileStatsQuery, writeFile } from '../api/files'
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
  onChanged: (isChanged: boolean) => void
  height: string
  /** Whether the keys of the page are meant for it: of several files that are open, one is seen. */
  isShown: boolean
  /** What its bar begins with. */
  lead?: ReactNode
}

/** The text of a file; what is too large or no text is for downloading only. */
export function FileText(props: Props) {
  const { namespace, path, lead } = props
  const stats = useQuery(fileStatsQuery(namespace, path))
  const isSmall = stats.data !== undefined && stats.data.size <= MOST_BYTES
  const { data, error } = useQuery({ ...contentQuery(namespace, path), enabled: isSmall })
  if (stats.error ?? error) return <Untouched lead={lead}><ErrorBox error={stats.error ?? error} /></Untouched>
  if (stats.data && !isSmall) return <Untouched lead={lead}>{t`${path} has ${bytes(stats.data.size)}: too large for the editor. Download it instead.`}</Untouched>
  if (data === undefined) return <Untouched lead={lead}><span aria-busy>{t`Loading …`}</span></Untouched>
  if (data.includes(NUL)) return <Untouched lead={lead}>{t`${path} is no text. Download it instead.`}</Untouched>
  return <Written {...props} saved={data} />
}

/** Instead of the text. */
const Untouched = ({ lead, children }: { lead: ReactNode; children: ReactNode }) => (
  <Stack gap="xs" align="flex-start">{lead}<Text size="sm" component="div">{children}</Text></Stack>
)

function Written({ namespace, path, saved, onChanged, height, isShown, lead }: Props & { saved: string }) {
  const [text, setText] = useState<string>()
  const cache = useQueryClient()
  const save = useMutation({
    mutationFn: (written: string) => writeFile(namespace, path, new Blob([written])),
    onSuccess: (_, written) => {
      done(t`${path} is saved`)
      cache.setQueryData(contentQuery(namespace, path).queryKey, written)
      void cache.invalidateQueries({ queryKey: ['files', namespace, 'folder'] })
    },
  })
  const shown = text ?? saved
  const isChanged = shown !== saved
  useEffect(() => onChanged(isChanged), [isChanged, onChanged])
  const store = () => isChanged && !save.isPending && save.mutate(shown)
  // Beside the text, too: in it the editor hears them first.
  useHotkeys(isShown ? [['mod+S', () => void store()]] : [], [])
  return (
    <div style={{ minWidth: 0 }}>
      <Group justify="space-between" mb="xs" wrap="nowrap">
        {lead}
        <Text size="sm" className="mono cut" flex={1} title={path}>{path}{isChanged ? ' •' : ''}</Text>
        <Button onClick={store} loading={save.isPending} disabled={!isChanged}>{t`Save`}</Button>
      </Group>
      <ErrorBox error={save.error} />
      <Suspense fallback={<p aria-busy>{t`Loading the editor …`}</p>}>
        <CodeEditor value={shown} onChange={setText} onSave={store} language={languageOf(path)} schema={isFlow(path) ? 'flow' : undefined} height={height} label={path} />
      </Suspense>
    </div>
  )
}
