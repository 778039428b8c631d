import { Button, Group, Stack, Text } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { ApiError } from '../api/client'
import { contentQuery, fileStatsQuery, readFile, writeFile } from '../api/files'
import { t } from '../language'
import { confirmed } from '../parts/confirmed'
import { ErrorBox } from '../parts/ErrorBox'
import { bytes } from '../parts/FileLink'
import { done } from '../parts/notes'
import { isFlow, languageOf } from './languages'

const CodeEditor = lazy(() => import('../editor/CodeEditor'))

const MOST_BYTES = 2_000_000
const NUL = '\u0000'
const NOT_FOUND = 404

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

interface Edit {
  text: string
  /** What was stored when the edit began. */
  base: string
}

/** What is stored at this moment; nothing when the file is gone. */
async function storedNow(namespace: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(namespace, path)
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return undefined
    throw error
  }
}

function questionOf(path: string, base: string, text: string, stored: string | undefined): string | undefined {
  if (stored === undefined) return t`${path} was deleted meanwhile. Store it again?`
  return stored === base || stored === text ? undefined : t`${path} was changed by somebody else meanwhile. Replace that with your text?`
}

function Written({ namespace, path, saved, onChanged, height, isShown, lead }: Props & { saved: string }) {
  // What somebody else stores meanwhile is not what this text was made of.
  const [edit, setEdit] = useState<Edit>()
  const cache = useQueryClient()
  const save = useMutation({
    mutationFn: async ({ text, base }: Edit) => {
      const question = questionOf(path, base, text, await storedNow(namespace, path))
      if (question && !confirmed(question)) return false
      await writeFile(namespace, path, new Blob([text]))
      return true
    },
    onSuccess: (isStored, { text: written }) => {
      if (!isStored) return
      setEdit((before) => before && { ...before, base: written })
      done(t`${path} is saved`)
      cache.setQueryData(contentQuery(namespace, path).queryKey, written)
      void cache.invalidateQueries({ queryKey: ['files', namespace, 'folder'] })
    },
  })
  const shown = edit?.text ?? saved
  const isChanged = shown !== saved
  useEffect(() => onChanged(isChanged), [isChanged, onChanged])
  const store = () => isChanged && edit && !save.isPending && save.mutate(edit)
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
        <CodeEditor value={shown} onChange={(text) => setEdit((before) => ({ text, base: before?.base ?? saved }))} onSave={store} language={languageOf(path)} schema={isFlow(path) ? 'flow' : undefined} height={height} label={path} />
      </Suspense>
    </div>
  )
}
