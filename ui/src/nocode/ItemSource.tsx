import { Text } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { t } from '../language'
import { textAt, withText, type Path } from './text'
import { faultIn } from './YamlField'

const CodeEditor = lazy(() => import('../editor/CodeEditor'))

interface Props {
  source: string
  path: Path
  onChange: (source: string) => void
  height: string
}

/** The YAML of one item alone. What is none is said, and goes nowhere. */
export function ItemSource({ source, path, onChange, height }: Props) {
  const [typed, setTyped] = useState(() => textAt(source, path))
  const [known, setKnown] = useState(source)
  const [fault, setFault] = useState<string>()
  if (source !== known) {
    // Somebody else changed it.
    setKnown(source)
    setTyped(textAt(source, path))
  }
  const change = (text: string) => {
    setTyped(text)
    const found = text.trim() ? faultIn(text) : t`Nothing is left: use Delete to take it away.`
    setFault(found)
    if (found !== undefined) return
    const next = withText(source, path, text)
    setKnown(next)
    onChange(next)
  }
  return (
    <>
      <Suspense fallback={<p aria-busy>{t`Loading the editor …`}</p>}>
        <CodeEditor value={typed} onChange={change} height={height} label={t`Source`} />
      </Suspense>
      <Text size="sm" mt={4} c="var(--mantine-color-error)" role="alert" mih={20}>{fault === undefined ? '' : t`Not taken over yet: ${fault}`}</Text>
    </>
  )
}
