import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, type MouseEvent } from 'react'
import { PAGES } from '../api/root'
import { t } from '../language'
import { docQuery } from './files'
import { readDoc, type Heading } from './read'
import '../parts/markdown.css'
import './docs.css'

const BASE = `${PAGES}/docs/`

interface Props {
  name: string
  /** The heading to begin at. */
  part: string
  /** Another document, and where in it. */
  onGo: (name: string, part: string) => void
  /** Whether its headings stand beside it. */
  hasContents?: boolean
}

/** One document; what leads to another one is told, not followed. */
export function Reader({ name, part, onGo, hasContents = false }: Props) {
  const { data } = useQuery(docQuery(name))
  const read = useMemo(() => (typeof data === 'string' ? readDoc(data, BASE) : undefined), [data])
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!read) return
    const heading = part ? box.current?.querySelector(`#${CSS.escape(part)}`) : undefined
    if (heading) heading.scrollIntoView()
  }, [read, part])
  const follow = (event: MouseEvent<HTMLElement>) => {
    const link = (event.target as HTMLElement).closest('a')?.getAttribute('href') ?? ''
    if (event.button !== 0 || event.metaKey || event.ctrlKey || !(link.startsWith('#') || link.startsWith(BASE))) return
    event.preventDefault()
    const [target = '', place = ''] = link.startsWith('#') ? [name, link.slice(1)] : link.slice(BASE.length).split('#')
    onGo(target, place)
  }
  if (data === null) return <Text c="dimmed">{t`There is no document ${name}.`}</Text>
  if (!read) return <p aria-busy>{t`Loading …`}</p>
  const headings = read.headings.filter(({ level }) => level === 2 || level === 3)
  return (
    <div className="doc" data-contents={hasContents || undefined} ref={box}>
      <article className="markdown" lang="en" onClick={follow} dangerouslySetInnerHTML={{ __html: read.html }} />
      {hasContents && headings.length > 1 && <Contents headings={headings} onGo={(place) => onGo(name, place)} />}
    </div>
  )
}

function Contents({ headings, onGo }: { headings: readonly Heading[]; onGo: (part: string) => void }) {
  return (
    <nav className="doc-contents" aria-label={t`On this page`}>
      <Text size="xs" c="dimmed" mb={4}>{t`On this page`}</Text>
      {headings.map(({ id, text, level }) => (
        <a
          key={id} href={`#${id}`} data-level={level} className="cut" title={text}
          onClick={(event) => {
            event.preventDefault()
            onGo(id)
          }}
        >
          {text}
        </a>
      ))}
    </nav>
  )
}
