import { Button, FileButton, Group, Text, UnstyledButton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { part, request, requestText } from '../api/client'
import { confirmed } from '../parts/confirmed'
import { ErrorBox } from '../parts/ErrorBox'
import { bytes } from '../parts/FileLink'
import { done, failed } from '../parts/notes'
import { languageOf } from './languages'

const CodeEditor = lazy(() => import('../editor/CodeEditor'))

interface Entry {
  type: 'File' | 'Directory'
  fileName: string
  size: number
}

const base = (namespace: string) => `/namespaces/${part(namespace)}/files`

export function Files({ namespace }: { namespace: string }) {
  const [path, setPath] = useState<string>()
  const cache = useQueryClient()
  const refresh = () => void cache.invalidateQueries({ queryKey: ['files', namespace] })
  const write = useMutation({
    mutationFn: ({ to, content }: { to: string; content: Blob }) => {
      const form = new FormData()
      form.append('fileContent', content, to.slice(to.lastIndexOf('/') + 1))
      return request<void>(base(namespace), { method: 'POST', query: { path: to }, body: form })
    },
    onSuccess: (_, { to }) => {
      done(`${to} is saved`)
      refresh()
    },
    onError: failed,
  })
  const remove = useMutation({
    mutationFn: (gone: string) => request<void>(base(namespace), { method: 'DELETE', query: { path: gone } }),
    onSuccess: () => {
      setPath(undefined)
      refresh()
    },
    onError: failed,
  })
  const create = () => {
    const name = window.prompt('Path of the new file, such as /scripts/main.py')
    if (name) write.mutate({ to: name.startsWith('/') ? name : `/${name}`, content: new Blob(['\n']) }, { onSuccess: () => setPath(name) })
  }
  return (
    <>
      <Group gap="xs" mb="xs">
        <Button variant="default" onClick={create}>New file</Button>
        <FileButton multiple onChange={(files) => files.forEach((file) => write.mutate({ to: `/${file.name}`, content: file }))}>
          {(props) => <Button variant="default" {...props}>Upload</Button>}
        </FileButton>
        {path && <Button variant="default" component="a" href={`/api/v1${base(namespace)}?path=${part(path)}`} download={path.slice(path.lastIndexOf('/') + 1)}>Download</Button>}
        {path && <Button variant="default" onClick={() => confirmed(`Delete ${path}?`) && remove.mutate(path)}>Delete</Button>}
      </Group>
      <div className="files">
        <nav className="panel" aria-label="Files" style={{ padding: 8 }}>
          <Folder namespace={namespace} path="" chosen={path} onChoose={setPath} />
        </nav>
        {path ? <Opened key={path} namespace={namespace} path={path} onSave={(text) => write.mutate({ to: path, content: new Blob([text]) })} /> : <Text c="dimmed">Scripts and queries of this namespace; choose one to see it.</Text>}
      </div>
    </>
  )
}

interface FolderProps {
  namespace: string
  path: string
  chosen: string | undefined
  onChoose: (path: string) => void
}

function Folder({ namespace, path, chosen, onChoose }: FolderProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const { data, error } = useQuery({
    queryKey: ['files', namespace, path],
    queryFn: () => request<Entry[]>(`${base(namespace)}/directory`, { query: { path } }),
  })
  if (error) return <ErrorBox error={error} />
  if (data?.length === 0) return <Text size="sm" c="dimmed">No files yet.</Text>
  const ordered = data?.toSorted((a, b) => a.type.localeCompare(b.type) || a.fileName.localeCompare(b.fileName)) ?? []
  const toggle = (name: string) => {
    const next = new Set(open)
    if (!next.delete(name)) next.add(name)
    setOpen(next)
  }
  return (
    <>
      {ordered.map(({ type, fileName, size }) => {
        const full = `${path}/${fileName}`
        const isFolder = type === 'Directory'
        return (
          <div key={fileName}>
            <UnstyledButton
              className="file cut" fz="sm" data-chosen={full === chosen || undefined} {...(isFolder ? { 'aria-expanded': open.has(full) } : {})}
              onClick={() => (isFolder ? toggle(full) : onChoose(full))} title={full}
            >
              {isFolder ? (open.has(full) ? '▾ ' : '▸ ') : ''}{fileName} {!isFolder && <Text span size="xs" c="dimmed">{bytes(size)}</Text>}
            </UnstyledButton>
            {open.has(full) && <div style={{ paddingLeft: 14 }}><Folder namespace={namespace} path={full} chosen={chosen} onChoose={onChoose} /></div>}
          </div>
        )
      })}
    </>
  )
}

function Opened({ namespace, path, onSave }: { namespace: string; path: string; onSave: (text: string) => void }) {
  const [text, setText] = useState<string>()
  const { data, error } = useQuery({
    queryKey: ['files', namespace, 'content', path],
    queryFn: () => requestText(base(namespace), { query: { path } }),
  })
  if (error) return <ErrorBox error={error} />
  if (data === undefined) return <p aria-busy>Loading …</p>
  const shown = text ?? data
  return (
    <div style={{ minWidth: 0 }}>
      <Group justify="space-between" mb="xs">
        <Text size="sm" className="mono cut">{path}</Text>
        <Button onClick={() => onSave(shown)} disabled={shown === data}>Save</Button>
      </Group>
      <Suspense fallback={null}>
        <CodeEditor value={shown} onChange={setText} onSave={() => onSave(shown)} language={languageOf(path)} height="calc(100dvh - 270px)" label={path} />
      </Suspense>
    </div>
  )
}
