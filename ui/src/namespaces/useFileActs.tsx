import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type ReactNode } from 'react'
import { deleteFile, folderQuery, makeFolder, moveFile, writeFile } from '../api/files'
import { counted, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { done, failed } from '../parts/notes'
import { uploadsOf, type Upload } from './dropped'
import type { Chosen } from './FileTree'
import { folderOf, nameOf, placeIn } from './paths'
import { PathDialog } from './PathDialog'
import { readAgain } from './readAgain'

type Asking = 'file' | 'folder' | 'move'

const QUESTIONS: Record<Asking, { title: string; verb: string }> = {
  file: { title: t`New file`, verb: t`Create` },
  folder: { title: t`New folder`, verb: t`Create` },
  move: { title: t`Rename or move`, verb: t`Move` },
}

/** More than these are asked about: a folder may hold what nobody thought of. */
const MANY_FILES = 100

/** What a tree does with its files and folders. */
export interface FileActs {
  /** Asks for a path: of something new beside or in what is given, or of where that goes. */
  ask: (asking: Asking, at?: Chosen) => void
  remove: (entry: Chosen) => void
  /** Into another folder, under the same name. */
  move: (from: Chosen, folder: string) => void
  /** Files from outside into a folder. */
  put: (folder: string, files: readonly Upload[]) => void
}

/** What is told of files that were changed in a tree. */
interface Told {
  onMade: (made: Chosen) => void
  onMoved: (from: Chosen, to: string) => void
  onGone: (path: string) => void
  /** Whether something may leave its place now. */
  mayMove?: (from: Chosen) => boolean
}

const placeOf = (entry: Chosen | undefined) => (entry?.isFolder ? entry.path : entry ? folderOf(entry.path) : '')

/** What can be done with the files of a namespace, beside what is chosen among them. */
export function useFileActs(namespace: string, chosen: Chosen | undefined, { onMade, onMoved, onGone, mayMove = () => true }: Told) {
  const [asked, setAsked] = useState<{ asking: Asking; at: Chosen | undefined }>()
  const cache = useQueryClient()
  const clear = useRef<() => void>(null)
  const refresh = () => void readAgain(cache, namespace)
  const put = useMutation({
    mutationFn: async ({ folder, files }: { folder: string; files: readonly Upload[] }) => {
      for (const { path, file } of files) await writeFile(namespace, `${folder}/${path}`, file)
    },
    onSuccess: (_, { files }) => done(files.length === 1 ? t`${files[0]?.path ?? ''} is uploaded` : counted(files.length, 'file is uploaded', 'files are uploaded')),
    onError: failed,
    onSettled: () => {
      clear.current?.()
      refresh()
    },
  })
  const putAll = (folder: string, files: readonly Upload[]) => {
    if (!files.length) return
    if (files.length < MANY_FILES || confirmed(t`Upload ${counted(files.length, 'file')} into ${folder || '/'}?`)) put.mutate({ folder, files })
    else clear.current?.()
  }
  const remove = useMutation({
    mutationFn: (path: string) => deleteFile(namespace, path),
    onSuccess: (_, path) => {
      onGone(path)
      refresh()
    },
    onError: failed,
  })
  const told = (from: Chosen, to: string) => {
    if (folderOf(from.path) !== folderOf(to)) done(t`${nameOf(to)} is moved into ${folderOf(to) || '/'}`)
    onMoved(from, to)
  }
  const move = useMutation({
    mutationFn: async ({ from, to }: { from: Chosen; to: string }) => {
      const others = await cache.fetchQuery({ ...folderQuery(namespace, folderOf(to)), staleTime: 0 })
      if (others.some(({ fileName }) => fileName === nameOf(to)) && !confirmed(t`${to} is there already. Replace it?`)) return false
      await moveFile(namespace, from.path, to)
      return true
    },
    onSuccess: (isMoved, { from, to }) => {
      if (!isMoved) return
      told(from, to)
      refresh()
    },
    onError: failed,
  })
  const ask = (asking: Asking, at = chosen) => {
    if (asking !== 'move' || (at && mayMove(at))) setAsked({ asking, at })
  }
  const acts: FileActs = {
    ask,
    remove: ({ path, isFolder }) => {
      if (confirmed(isFolder ? t`Delete the folder ${path} and all that is in it?` : t`Delete ${path}?`)) remove.mutate(path)
    },
    move: (from, folder) => {
      const to = placeIn(folder, from.path)
      if (to && mayMove(from)) move.mutate({ from, to })
    },
    put: putAll,
  }
  return {
    ...acts,
    acts,
    /** The folder that uploads and new files go into; empty for the root. */
    place: placeOf(chosen),
    /** Files of a field, into that folder. */
    upload: { isPending: put.isPending, mutate: (files: readonly File[]) => putAll(placeOf(chosen), uploadsOf(files)) },
    /** Empties the field of an upload, so that the same file can be chosen again. */
    clear,
    dialog: asked && <Asked namespace={namespace} {...asked} onClose={() => setAsked(undefined)} onMade={onMade} onMoved={told} onDone={refresh} />,
  }
}

interface AskedProps extends Pick<Told, 'onMade' | 'onMoved'> {
  namespace: string
  asking: Asking
  at: Chosen | undefined
  onDone: () => void
  onClose: () => void
}

function Asked({ namespace, asking, at, onMade, onMoved, onDone, onClose }: AskedProps): ReactNode {
  const answers: Record<Asking, (path: string) => Promise<void>> = {
    file: (path) => writeFile(namespace, path, new Blob([''])),
    folder: (path) => makeFolder(namespace, path),
    move: (path) => moveFile(namespace, at?.path ?? '', path),
  }
  const answered = (path: string) => {
    onClose()
    onDone()
    if (asking !== 'move') onMade({ path, isFolder: asking === 'folder' })
    else if (at) onMoved(at, path)
  }
  return <PathDialog {...QUESTIONS[asking]} start={asking === 'move' ? (at?.path ?? '') : `${placeOf(at)}/`} act={answers[asking]} onDone={answered} onClose={onClose} />
}
