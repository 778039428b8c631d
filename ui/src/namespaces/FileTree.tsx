import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useState, type KeyboardEvent } from 'react'
import { folderQuery, searchFiles } from '../api/files'
import { digits, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { failed } from '../parts/notes'
import { FileMenu } from './FileMenu'
import { FileRow, type MenuAt } from './FileRow'
import { folderOf, foldersAbove } from './paths'
import { useDrops } from './useDrops'
import type { FileActs } from './useFileActs'
import './files.css'

export interface Chosen {
  path: string
  isFolder: boolean
}

interface Props {
  namespace: string
  chosen: Chosen | undefined
  onChoose: (chosen: Chosen) => void
  acts: FileActs
}

const MOST_FOUND = 200

/** Files whose paths hold a text, whatever folder they are in. */
export function Found({ namespace, q, chosen, onChoose, acts }: Props & { q: string }) {
  const { data, error } = useQuery(searchFiles(namespace, q))
  const [menu, setMenu] = useState<MenuAt>()
  if (error) return <ErrorBox error={error} />
  if (data?.length === 0) return <Text size="sm" c="dimmed">{t`No file is called so.`}</Text>
  return (
    <div className="files-rows" onKeyDown={walk}>
      {data?.slice(0, MOST_FOUND).map((path) => {
        const entry = { path, isFolder: false }
        return (
          <FileRow
            key={path} entry={entry} name={path.replace(/^\//, '')} isChosen={path === chosen?.path} onPress={() => onChoose(entry)} onMenu={setMenu}
            onDelete={() => acts.remove(entry)} onRename={() => acts.ask('move', entry)}
          />
        )
      })}
      {data && data.length > MOST_FOUND && <Text size="xs" c="dimmed">{t`and ${digits(data.length - MOST_FOUND)} more`}</Text>}
      {menu && <FileMenu namespace={namespace} at={menu} acts={acts} onClose={() => setMenu(undefined)} />}
    </div>
  )
}

interface Shared extends Props {
  open: ReadonlySet<string>
  turn: (folder: string, isOpen: boolean) => void
  drops: ReturnType<typeof useDrops>
  onMenu: (at: MenuAt) => void
}

const SharedByFolders = createContext<Shared | undefined>(undefined)

/** Files and folders of a namespace. They can be dragged into another folder, and files from outside let go of over one. */
export function Tree(props: Props) {
  const { namespace, chosen, acts } = props
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [menu, setMenu] = useState<MenuAt>()
  const turn = (folder: string, isOpen: boolean) => setOpen((before) => new Set(isOpen ? [...before, folder] : [...before].filter((other) => other !== folder)))
  const drops = useDrops({
    onMove: (from, folder) => {
      turn(folder, true)
      acts.move(from, folder)
    },
    onFiles: (folder, files) => {
      turn(folder, true)
      acts.put(folder, files)
    },
    onProblem: failed,
  })
  const path = chosen?.path
  useEffect(() => {
    // What was made, moved or found is seen.
    if (path) setOpen((before) => new Set([...before, ...foldersAbove(path)]))
  }, [path])
  return (
    <SharedByFolders value={{ ...props, open, turn, drops, onMenu: setMenu }}>
      <div className="files-rows" data-over={drops.over === '' || undefined} onKeyDown={walk} {...drops.target('')}>
        <Folder path="" />
        {menu && <FileMenu namespace={namespace} at={menu} acts={acts} onClose={() => setMenu(undefined)} />}
      </div>
    </SharedByFolders>
  )
}

/** One folder, and those in it that were opened; each is asked for when it is. */
function Folder({ path }: { path: string }) {
  const { namespace, chosen, onChoose, acts, open, turn, drops, onMenu } = useContext(SharedByFolders) as Shared
  const { data, error } = useQuery(folderQuery(namespace, path))
  if (error) return <ErrorBox error={error} />
  if (data?.length === 0) return <Text size="sm" c="dimmed">{path ? t`empty` : t`No files yet. Drop some here, or make one.`}</Text>
  const ordered = data?.toSorted((a, b) => a.type.localeCompare(b.type) || a.fileName.localeCompare(b.fileName)) ?? []
  return ordered.map(({ type, fileName, size }) => {
    const entry = { path: `${path}/${fileName}`, isFolder: type === 'Directory' }
    const isOpen = open.has(entry.path)
    const press = () => {
      onChoose(entry)
      if (entry.isFolder) turn(entry.path, !isOpen)
    }
    return (
      <div key={fileName}>
        <FileRow
          entry={entry} name={fileName} size={entry.isFolder ? undefined : size} isChosen={entry.path === chosen?.path} isOpen={isOpen} isOver={entry.isFolder && drops.over === entry.path}
          onPress={press} onMenu={onMenu} onDelete={() => acts.remove(entry)} onRename={() => acts.ask('move', entry)}
          {...drops.source(entry)} {...drops.target(entry.isFolder ? entry.path : folderOf(entry.path))}
        />
        {isOpen && <div className="files-inner"><Folder path={entry.path} /></div>}
      </div>
    )
  })
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }

/** Arrows walk through the rows, and open and close folders; Tab still goes through them one by one. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const row = event.target as HTMLElement
  if (!row.matches('.file')) return
  const step = STEPS[event.key]
  if (step) {
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('.file')]
    event.preventDefault()
    rows[rows.indexOf(row) + step]?.focus()
  }
  if (event.key === 'ArrowRight' && row.ariaExpanded === 'false') row.click()
  if (event.key === 'ArrowLeft' && row.ariaExpanded === 'true') row.click()
}
