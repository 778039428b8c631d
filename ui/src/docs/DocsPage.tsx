import { Text } from '@mantine/core'
import { Link, useNavigate, useParams, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { DocSearch } from './DocSearch'
import { Reader } from './Reader'
import { DOCS, FIRST, SHELF } from './shelf'

/** The documentation: what there is of it, and one document. */
export default function DocsPage() {
  const { name = FIRST } = useParams({ strict: false }) as { name?: string }
  const part = useRouterState({ select: ({ location }) => location.hash })
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const go = (to: string, place: string) => void navigate({ to: `/docs/${to}`, ...(place ? { hash: place } : {}) })
  const title = DOCS.find((doc) => doc.name === name)?.title ?? name
  return (
    <>
      <PageHead title={t`Documentation`} crumbs={<>{t`Documentation`} / {title}</>} />
      <div className="docs">
        <nav className="docs-shelf" aria-label={t`Documents`}>
          <DocSearch text={text} onText={setText} onGo={go}>
            {SHELF.map((group) => (
              <div key={group.title}>
                <Text size="xs" c="dimmed" mt="xs">{group.title}</Text>
                {group.docs.map((doc) => <Link key={doc.name} to={`/docs/${doc.name}`} aria-current={doc.name === name ? 'page' : undefined}>{doc.title}</Link>)}
              </div>
            ))}
          </DocSearch>
        </nav>
        <Reader key={name} name={name} part={part} onGo={go} hasContents />
      </div>
    </>
  )
}
