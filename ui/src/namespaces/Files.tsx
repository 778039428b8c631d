import { Button, FileButton, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { archiveAddress, fileAddress } from '../api/files'
import { Typed } from '../executions/FilterBar'
import { t } from '../language'
import { confirmed } from '../parts/confirmed'
import { FileEditor } from './FileEditor'
import { Found, Tree, type Chosen } from './FileTree'
import { isInside, moved, nameOf } from './paths'
import { useFileActs } from './useFileActs'

/** Makes a file field one for folders; every browser knows it, but it is in no standard. */
const OF_FOLDERS = { webkitdirectory: '' }

/** Scripts and queries of a namespace: a tree, and an editor for what is chosen in it. */
export function Files({ namespace }: { namespace: string }) {
  const [chosen, setChosen] = useState<Chosen>()
  const [search, setSearch] = useState('')
  const [isChanged, setChanged] = useState(false)
  const choose = (next: Chosen | undefined) => {
    if (isChanged && next?.path !== chosen?.path && !confirmed(t`Leave without saving your changes?`)) return
    setChanged(false)
    setChosen(next)
  }
  const { acts, place, ask, remove, upload, clear, dialog } = useFileActs(namespace, chosen, {
    onMade: setChosen,
    onMoved: (from, to) => chosen && setChosen({ ...chosen, path: moved(chosen.path, from.path, to) }),
    // The text of a file goes by its path: what is not saved would not go along.
    mayMove: ({ path }) => !isChanged || !chosen || !isInside(chosen.path, path) || confirmed(t`Leave without saving your changes?`),
    onGone: (path) => {
      if (chosen && isInside(chosen.path, path)) setChosen(undefined)
      setChanged(false)
    },
  })
  return (
    <>
      <Group gap="xs" mb="xs">
        <Typed label={t`Search files`} value={search} onSettled={setSearch} isFirst />
        <Button variant="default" onClick={() => ask('file')}>{t`New file`}</Button>
        <Button variant="default" onClick={() => ask('folder')}>{t`New folder`}</Button>
        <FileButton multiple resetRef={clear} onChange={(files) => files.length > 0 && upload.mutate(files)} inputProps={{ 'aria-label': t`Files to upload` }}>
          {(props) => <Button variant="default" loading={upload.isPending} title={t`Into ${place || '/'}; a zip archive is unpacked at the root`} {...props}>{t`Upload`}</Button>}
        </FileButton>
        <FileButton multiple onChange={(files) => upload.mutate(files)} inputProps={{ 'aria-label': t`Folder to upload`, ...OF_FOLDERS }}>
          {(props) => <Button variant="default" title={t`A folder of this computer with all that is in it, into ${place || '/'}`} {...props}>{t`Upload folder`}</Button>}
        </FileButton>
        <Button variant="default" component="a" href={archiveAddress(namespace)} download={`${namespace}_files.zip`}>{t`All as zip`}</Button>
        {chosen && <Button variant="default" onClick={() => ask('move')}>{t`Rename`}</Button>}
        {chosen && !chosen.isFolder && <Button variant="default" component="a" href={fileAddress(namespace, chosen.path)} download={nameOf(chosen.path)}>{t`Download`}</Button>}
        {chosen && <Button variant="default" onClick={() => remove(chosen)}>{t`Delete`}</Button>}
      </Group>
      <div className="files">
        <nav className="panel files-tree" aria-label={t`Files`}>
          {search.trim() ? <Found namespace={namespace} q={search.trim()} chosen={chosen} onChoose={choose} acts={acts} /> : <Tree namespace={namespace} chosen={chosen} onChoose={choose} acts={acts} />}
        </nav>
        {chosen && !chosen.isFolder
          ? <FileEditor key={chosen.path} namespace={namespace} path={chosen.path} onChanged={setChanged} isChanged={isChanged} />
          : <Text c="dimmed" size="sm">{chosen ? t`${chosen.path}: uploads and new files go into this folder.` : t`Scripts and queries of this namespace; choose one to see it.`}</Text>}
      </div>
      {dialog}
    </>
  )
}
