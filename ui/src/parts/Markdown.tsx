import { lazy, Suspense } from 'react'

const Rendered = lazy(() => import('./RenderedMarkdown'))

interface Props {
  text: string
  /** One line of text within a label: no paragraphs, no headings. */
  isInline?: boolean
}

/** Text of a flow's author as Markdown. Until the renderer is there, and without it, it is plain text. */
export function Markdown({ text, isInline = false }: Props) {
  return (
    <Suspense fallback={<span style={{ whiteSpace: 'pre-wrap' }}>{text}</span>}>
      <Rendered text={text} isInline={isInline} />
    </Suspense>
  )
}
