import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type ReactNode } from 'react'
import { deleteFile, makeFolder, moveFile, writeFile } from '../api/files'
import { counted, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { done, failed } from '../parts/notes'
import type { Chosen } from './FileTree'
import { folderOf } from './paths'
import { PathDialog } from './PathDialog'

type Asking = 'file' | 'folder' | 'move'

const QUESTIONS: Record<Asking, { title: string; verb: string }> = {
  file: { title: t`New file`, verb: t`Create` },
  folder: { title: t`New folder`, verb: t`Create` },
  move: { title: t`Rename or move`, verb: t`Move` },
}

/** What is told of files that were changed in a tree. */
interface Told {
  onMade: (made: Chosen) => void
  onMoved: (from: Chosen, to: string) => void
  onGone: (path: string) => void
}

/** What can be done with the files of a namespace, beside what is chosen among them. */
export function useFileActs(namespace: string, chosen: Chosen | undefined, { onMade, onMoved, onGone }: Told) {
  const [asking, setAsking] = useState<Asking>()
  const cache = useQueryClient()
  const clear = useRef<() => void>(null)
  const refresh = () => void cache.invalidateQueries({ queryKey: ['files', namespace] })
  const place = chosen?.isFolder ? chosen.path : chosen ? folderOf(chosen.path) : ''
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
      onGone(path)
      refresh()
    },
    onError: failed,
  })
  const answers: Record<Asking, (path: string) => Promise<void>> = {
    file: (path) => writeFile(namespace, path, new Blob([''])),
    folder: (path) => makeFolder(namespace, path),
    move: (path) => moveFile(namespace, chosen?.path ?? '', path),
  }
  const answered = (path: string) => {
    setAsking(undefined)
    refresh()
    if (asking !== 'move') onMade({ path, isFolder: asking === 'folder' })
    else if (chosen) onMoved(chosen, path)
  }
  const dialog: ReactNode = asking && (
    <PathDialog {...QUESTIONS[asking]} start={asking === 'move' ? (chosen?.path ?? '') : `${place}/`} act={answers[asking]} onDone={answered} onClose={() => setAsking(undefined)} />
  )
  return {
    /** The folder that uploads and new files go into; empty for the root. */
    place,
    ask: setAsking,
    remove: ({ path, isFolder }: Chosen) => confirmed(isFolder ? t`Delete the folder ${path} and all that is in it?` : t`Delete ${path}?`) && remove.mutate(path),
    upload,
    /** Empties the field of an upload, so that the same file can be chosen again. */
    clear,
    dialog,
  }
}
