import { Text, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { folderQuery, searchFiles } from '../api/files'
import { digits, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { bytes } from '../parts/FileLink'

export interface Chosen {
  path: string
  isFolder: boolean
}

interface Props {
  namespace: string
  chosen: Chosen | undefined
  onChoose: (chosen: Chosen) => void
}

const MOST_FOUND = 200

/** Files whose paths hold a text, whatever folder they are in. */
export function Found({ namespace, q, chosen, onChoose }: Props & { q: string }) {
  const { data, error } = useQuery(searchFiles(namespace, q))
  if (error) return <ErrorBox error={error} />
  if (data?.length === 0) return <Text size="sm" c="dimmed">{t`No file is called so.`}</Text>
  return (
    <>
      {data?.slice(0, MOST_FOUND).map((path) => (
        <UnstyledButton key={path} className="file cut" fz="sm" data-chosen={path === chosen?.path || undefined} title={path} onClick={() => onChoose({ path, isFolder: false })}>
          {path.replace(/^\//, '')}
        </UnstyledButton>
      ))}
      {data && data.length > MOST_FOUND && <Text size="xs" c="dimmed">{t`and ${digits(data.length - MOST_FOUND)} more`}</Text>}
    </>
  )
}

interface TreeProps extends Props {
  path?: string
  onDelete: (chosen: Chosen) => void
}

/** One folder, and those in it that were opened; each is asked for when it is. */
export function Tree({ namespace, path = '', chosen, onChoose, onDelete }: TreeProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const { data, error } = useQuery(folderQuery(namespace, path))
  if (error) return <ErrorBox error={error} />
  if (data?.length === 0) return <Text size="sm" c="dimmed">{path ? t`empty` : t`No files yet.`}</Text>
  const ordered = data?.toSorted((a, b) => a.type.localeCompare(b.type) || a.fileName.localeCompare(b.fileName)) ?? []
  const press = (entry: Chosen) => {
    onChoose(entry)
    if (!entry.isFolder) return
    const next = new Set(open)
    if (!next.delete(entry.path)) next.add(entry.path)
    setOpen(next)
  }
  return (
    <>
      {ordered.map(({ type, fileName, size }) => {
        const entry = { path: `${path}/${fileName}`, isFolder: type === 'Directory' }
        const isOpen = open.has(entry.path)
        return (
          <div key={fileName}>
            <UnstyledButton
              className="file cut" fz="sm" data-chosen={entry.path === chosen?.path || undefined} title={entry.path}
              {...(entry.isFolder ? { 'aria-expanded': isOpen } : {})} onClick={() => press(entry)}
              onKeyDown={(event) => event.key === 'Delete' && onDelete(entry)}
            >
              {entry.isFolder ? (isOpen ? '▾ ' : '▸ ') : ''}{fileName} {!entry.isFolder && <Text span size="xs" c="dimmed">{bytes(size)}</Text>}
            </UnstyledButton>
            {isOpen && <div style={{ paddingLeft: 14 }}><Tree namespace={namespace} path={entry.path} chosen={chosen} onChoose={onChoose} onDelete={onDelete} /></div>}
          </div>
        )
      })}
    </>
  )
}
