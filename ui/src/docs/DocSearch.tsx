import { Text, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQueries } from '@tanstack/react-query'
import { useMemo, type ReactNode } from 'react'
import { t } from '../language'
import { docQuery } from './files'
import { hitsIn, sectionsOf } from './read'
import { DOCS } from './shelf'

interface Props {
  text: string
  onText: (text: string) => void
  onGo: (name: string, part: string) => void
  /** What stands in its place while nothing is searched for. */
  children: ReactNode
}

const TYPING_MS = 150
const MOST_HITS = 40
const TITLES: Readonly<Record<string, string>> = Object.fromEntries(DOCS.map(({ name, title }) => [name, title]))

/** Searches all documents, which are fetched when the first letter is typed. */
export function DocSearch({ text, onText, onGo, children }: Props) {
  const [wanted] = useDebouncedValue(text.trim(), TYPING_MS)
  const docs = useQueries({ queries: DOCS.map(({ name }) => ({ ...docQuery(name), enabled: wanted !== '' })), combine: (all) => all.map(({ data }) => data) })
  const sections = useMemo(() => new Map(DOCS.map(({ name }, index) => [name, sectionsOf(docs[index] ?? '')])), [docs])
  const hits = useMemo(() => hitsIn(sections, wanted, MOST_HITS), [sections, wanted])
  return (
    <>
      <TextInput data-filter size="xs" mb="sm" type="search" aria-label={t`Search the documentation`} placeholder={t`Search the documentation`} value={text} onChange={(event) => onText(event.currentTarget.value)} />
      {wanted === '' && children}
      {wanted !== '' && hits.length === 0 && <Text size="sm" c="dimmed">{t`No part has these words.`}</Text>}
      {wanted !== '' && hits.map(({ name, id, heading, excerpt }) => (
        <UnstyledButton key={`${name}#${id}`} className="doc-hit" onClick={() => onGo(name, id)}>
          <strong>{heading}</strong> <Text span size="xs" c="dimmed">{TITLES[name]}</Text>
          <Text size="xs" lineClamp={2}>{excerpt}</Text>
        </UnstyledButton>
      ))}
    </>
  )
}
