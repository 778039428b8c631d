import { useMemo } from 'react'
import { htmlOf } from './markdown'
import './markdown.css'

interface Props {
  text: string
  isInline: boolean
}

export default function RenderedMarkdown({ text, isInline }: Props) {
  const html = useMemo(() => htmlOf(text, isInline), [text, isInline])
  const markup = { __html: html }
  return isInline ? <span className="markdown" dangerouslySetInnerHTML={markup} /> : <div className="markdown" dangerouslySetInnerHTML={markup} />
}
