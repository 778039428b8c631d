import { Markdown } from '../parts/Markdown'
import { firstSentence } from './hints'

const SHORT = 130

/** What is said of a property: all of it where it is short, else its beginning, and the rest on demand. */
export function Hint({ text, id }: { text: string; id: string }) {
  if (!text) return null
  if (text.length <= SHORT && !text.includes('\n')) return <div id={id} className="form-hint"><Markdown text={text} isInline /></div>
  const { first, rest } = firstSentence(text)
  if (!rest) return <div id={id} className="form-hint"><Markdown text={text} isInline /></div>
  return (
    <details className="form-hint">
      <summary id={id}><Markdown text={first} isInline /></summary>
      <Markdown text={rest} />
    </details>
  )
}
