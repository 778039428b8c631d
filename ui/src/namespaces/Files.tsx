import { Button, FileButton, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { archiveAddress, deleteFile, fileAddress, makeFolder, moveFile, writeFile } from '../api/files'
import { Typed } from '../executions/FilterBar'
import { counted, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { done, failed } from '../parts/notes'
import { FileEditor } from './FileEditor'
import { Found, Tree, type Chosen } from './FileTree'
import { folderOf, isInside, moved, nameOf } from './paths'
import { PathDialog } from './PathDialog'

type Asking = 'file' | 'folder' | 'move'

const QUESTIONS: Record<Asking, { title: string; verb: string }> = {
  file: { title: t`New file`, verb: t`Create` },
  folder: { title: t`New folder`, verb: t`Create` },
  move: { title: t`Rename or move`, verb: t`Move` },
}

/** Scripts and queries of a namespace: a tree, and an editor for what is chosen in it. */
export function Files({ namespace }: { namespace: string }) {
  const [chosen, setChosen] = useState<Chosen>()
  const [asking, setAsking] = useState<Asking>()
  const [search, setSearch] = useState('')
  const [isChanged, setChanged] = useState(false)
  const cache = useQueryClient()
  const clear = useRef<() => void>(null)
  const refresh = () => void cache.invalidateQueries({ queryKey: ['files', namespace] })
  const place = chosen?.isFolder ? chosen.path : chosen ? folderOf(chosen.path) : ''
  const choose = (next: Chosen | undefined) => {
    if (isChanged && next?.path !== chosen?.path && !confirmed(t`Leave without saving your changes?`)) return
    setChanged(false)
    setChosen(next)
  }
  const upload = useMutation({
    mutationFn: async (files: readonly File[]) => {
      for (const file of files) await writeFile(namespace, `${place}/${file.name}`, file)
    },
    onSuccess: (_, files) => done(files.length === 1 ? t`${files[0]?.name ?? ''} is uploaded` : counted(files.length, 'file is uploaded', 'files are uploaded')),
    onError: failed,
    onSettled: () => {
      clear.current?.()
      refresh()
    },
  })
  const remove = useMutation({
    mutationFn: (path: string) => deleteFile(namespace, path),
    onSuccess: (_, path) => {
      if (chosen && isInside(chosen.path, path)) setChosen(undefined)
      setChanged(false)
      refresh()
    },
    onError: failed,
  })
  const ask = ({ path, isFolder }: Chosen) => confirmed(isFolder ? t`Delete the folder ${path} and all that is in it?` : t`Delete ${path}?`) && remove.mutate(path)
  const answers: Record<Asking, (path: string) => Promise<void>> = {
    file: (path) => writeFile(namespace, path, new Blob([''])),
    folder: (path) => makeFolder(namespace, path),
    move: (path) => moveFile(namespace, chosen?.path ?? '', path),
  }
  const answered = (path: string) => {
    setAsking(undefined)
    refresh()
    setChosen({ path: asking === 'move' && chosen ? moved(chosen.path, chosen.path, path) : path, isFolder: asking === 'folder' || (asking === 'move' && chosen?.isFolder === true) })
  }
  return (
    <>
      <Group gap="xs" mb="xs">
        <Typed label={t`Search files`} value={search} onSettled={setSearch} isFirst />
        <Button variant="default" onClick={() => setAsking('file')}>{t`New file`}</Button>
        <Button variant="default" onClick={() => setAsking('folder')}>{t`New folder`}</Button>
        <FileButton multiple resetRef={clear} onChange={(files) => files.length > 0 && upload.mutate(files)} inputProps={{ 'aria-label': t`Files to upload` }}>
          {(props) => <Button variant="default" loading={upload.isPending} title={t`Into ${place || '/'}; a zip archive is unpacked at the root`} {...props}>{t`Upload`}</Button>}
        </FileButton>
        <Button variant="default" component="a" href={archiveAddress(namespace)} download={`${namespace}_files.zip`}>{t`All as zip`}</Button>
        {chosen && <Button variant="default" onClick={() => setAsking('move')}>{t`Rename`}</Button>}
        {chosen && !chosen.isFolder && <Button variant="default" component="a" href={fileAddress(namespace, chosen.path)} download={nameOf(chosen.path)}>{t`Download`}</Button>}
        {chosen && <Button variant="default" onClick={() => ask(chosen)}>{t`Delete`}</Button>}
      </Group>
      <div className="files">
        <nav className="panel files-tree" aria-label={t`Files`}>
          {search.trim() ? <Found namespace={namespace} q={search.trim()} chosen={chosen} onChoose={choose} /> : <Tree namespace={namespace} chosen={chosen} onChoose={choose} onDelete={ask} />}
        </nav>
        {chosen && !chosen.isFolder
          ? <FileEditor key={chosen.path} namespace={namespace} path={chosen.path} onChanged={setChanged} isChanged={isChanged} />
          : <Text c="dimmed" size="sm">{chosen ? t`${chosen.path}: uploads and new files go into this folder.` : t`Scripts and queries of this namespace; choose one to see it.`}</Text>}
      </div>
      {asking && (
        <PathDialog {...QUESTIONS[asking]} start={asking === 'move' ? (chosen?.path ?? '') : `${place}/`} act={answers[asking]} onDone={answered} onClose={() => setAsking(undefined)} />
      )}
    </>
  )
}
