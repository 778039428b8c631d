import { Text } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { t } from '../language'
import { textAt, UnreadableText, withText, type Path } from './text'
import { useDraft } from './useDraft'
import { faultIn } from './YamlField'

const CodeEditor = lazy(() => import('../editor/CodeEditor'))
const PAUSE_MS = 300

interface Props {
  source: string
  path: Path
  onChange: (source: string) => void
  height: string
}

/** What the last text that could be read has at a path. */
function given(source: string, path: Path): string {
  try {
    return textAt(source, path)
  } catch (error) {
    if (error instanceof UnreadableText) return ''
    throw error
  }
}

/** The YAML of one item alone. What is none is said, and goes nowhere. */
export function ItemSource({ source, path, onChange, height }: Props) {
  const [fault, setFault] = useState<string>()
  const take = (text: string) => {
    const found = faultOf(text) ?? changed(text)
    setFault(found)
    return found === undefined
  }
  const changed = (text: string): string | undefined => {
    try {
      onChange(withText(source, path, text))
      return undefined
    } catch (error) {
      if (error instanceof UnreadableText) return error.message
      throw error
    }
  }
  const { text, set } = useDraft(given(source, path), take, PAUSE_MS)
  return (
    <>
      <Suspense fallback={<p aria-busy>{t`Loading the editor …`}</p>}>
        <CodeEditor value={text} onChange={set} height={height} label={t`Source`} />
      </Suspense>
      <Text size="sm" mt={4} c="var(--mantine-color-error)" role="alert" mih={20}>{fault === undefined ? '' : t`Not taken over yet: ${fault}`}</Text>
    </>
  )
}

const faultOf = (text: string) => (text.trim() ? faultIn(text) : t`Nothing is left: use Delete to take it away.`)
