import { ActionIcon, CloseButton, Group, Select } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { t } from '../language'
import { DocSearch } from './DocSearch'
import { Reader } from './Reader'
import { docOf, SHELF } from './shelf'

interface Props {
  /** The address of the page that it stands beside. */
  path: string
  onClose: () => void
}

interface Place {
  name: string
  part: string
}

/** Documentation beside a page: what helps there, until another document is chosen. */
export default function DocsPane({ path, onClose }: Props) {
  const helpful = docOf(path)
  const [place, setPlace] = useState<Place>({ name: helpful, part: '' })
  const [text, setText] = useState('')
  useEffect(() => setPlace({ name: helpful, part: '' }), [helpful])
  const go = (name: string, part: string) => {
    setPlace({ name, part })
    setText('')
  }
  return (
    <aside className="docs-pane" aria-label={t`Documentation`}>
      <Group gap="xs" wrap="nowrap" mb="xs">
        <Select
          flex={1} size="xs" aria-label={t`Document`} allowDeselect={false} searchable value={place.name} onChange={(name) => name && go(name, '')}
          data={SHELF.map(({ title, docs }) => ({ group: title, items: docs.map((doc) => ({ value: doc.name, label: doc.title })) }))}
        />
        <ActionIcon variant="default" size={30} component={Link} to={`/docs/${place.name}`} aria-label={t`Open as a page`} title={t`Open as a page`}><IconExternalLink size={16} stroke={1.6} /></ActionIcon>
        <CloseButton aria-label={t`Close the documentation`} onClick={onClose} />
      </Group>
      <DocSearch text={text} onText={setText} onGo={go}>
        <Reader key={place.name} name={place.name} part={place.part} onGo={go} />
      </DocSearch>
    </aside>
  )
}
