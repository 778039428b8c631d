import { ActionIcon, FileButton, Group, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconFilePlus, IconPencil, IconTrash, IconUpload } from '@tabler/icons-react'
import { useEffect, useState, type ReactNode } from 'react'
import { t } from '../language'
import { Found, Tree, type Chosen } from '../namespaces/FileTree'
import { useFileActs } from '../namespaces/useFileActs'
import { useShownPath, type OpenFiles } from './useOpenFiles'

interface Props {
  namespace: string
  files: OpenFiles
}

const TYPING_MS = 300
const ICON = { size: 16, stroke: 1.6 } as const

/** The files of a flow's namespace; those that are chosen are opened beside the flow. */
export function FilesBar({ namespace, files }: Props) {
  const path = useShownPath(files)
  const [chosen, setChosen] = useState<Chosen>()
  const [search, setSearch] = useState('')
  const [q] = useDebouncedValue(search.trim(), TYPING_MS)
  // The tree goes with the tabs.
  useEffect(() => setChosen(path === undefined ? undefined : { path, isFolder: false }), [path])
  const choose = (next: Chosen) => {
    setChosen(next)
    if (!next.isFolder) files.open(next.path)
  }
  const { acts, place, ask, remove, upload, clear, dialog } = useFileActs(namespace, chosen, {
    onMade: choose,
    onMoved: ({ path: from, isFolder }, to) => {
      setChosen({ path: to, isFolder })
      files.moved(from, to)
    },
    onGone: (gone) => {
      setChosen(undefined)
      files.gone(gone)
    },
  })
  return (
    <section className="editor-files panel" aria-label={t`Files of the namespace`}>
      <Group gap={4} mb={6} wrap="nowrap">
        <TextInput size="xs" flex={1} miw={0} aria-label={t`Search files`} placeholder={t`Search files`} value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
        <Act name={t`New file`} onClick={() => ask('file')}><IconFilePlus {...ICON} /></Act>
        <FileButton multiple resetRef={clear} onChange={(given) => given.length > 0 && upload.mutate(given)} inputProps={{ 'aria-label': t`Files to upload` }}>
          {(props) => <Act name={t`Upload into ${place || '/'}`} isBusy={upload.isPending} {...props}><IconUpload {...ICON} /></Act>}
        </FileButton>
        <Act name={t`Rename`} isOff={!chosen} onClick={() => ask('move')}><IconPencil {...ICON} /></Act>
        <Act name={t`Delete`} isOff={!chosen} onClick={() => chosen && remove(chosen)}><IconTrash {...ICON} /></Act>
      </Group>
      <nav className="editor-tree" aria-label={t`Files`}>
        {q ? <Found namespace={namespace} q={q} chosen={chosen} onChoose={choose} acts={acts} /> : <Tree namespace={namespace} chosen={chosen} onChoose={choose} acts={acts} />}
      </nav>
      <Text size="xs" c="dimmed" mt={6}>{t`Scripts and queries of ${namespace}`}</Text>
      {dialog}
    </section>
  )
}

interface ActProps {
  name: string
  onClick: () => void
  isBusy?: boolean
  isOff?: boolean
  children: ReactNode
}

const Act = ({ name, onClick, isBusy = false, isOff = false, children }: ActProps) => (
  <ActionIcon variant="subtle" color="gray" size={26} aria-label={name} title={name} loading={isBusy} disabled={isOff} onClick={onClick}>{children}</ActionIcon>
)
