import { Text } from '@mantine/core'
import { counted, t } from '../language'
import type { Mark } from './problems'
import './editor.css'

interface VerdictProps {
  marks: readonly Mark[]
  isChecking: boolean
  isKnown: boolean
}

export function Verdict({ marks, isChecking, isKnown }: VerdictProps) {
  const errors = marks.filter(({ severity }) => severity === 'error').length
  if (!isKnown) return null
  const text = errors ? counted(errors, 'error') : t`Valid`
  return <Text size="sm" role="status" data-state={errors ? 'FAILED' : 'SUCCESS'} c="var(--state)" {...(isChecking ? { fs: 'italic', 'aria-busy': true } : {})}>{errors ? '✕' : '✓'} {text}</Text>
}

/** What stands between backticks is code. */
const piecesOf = (message: string) =>
  message.split(/`([^`]+)`/).map((piece, index) => (index % 2 ? <code key={index} className="mono">{piece}</code> : piece))

export function ProblemList({ marks, onChoose }: { marks: readonly Mark[]; onChoose: (mark: Mark) => void }) {
  if (!marks.length) return null
  return (
    <ul className="problems" aria-label={t`Problems`}>
      {marks.map((mark, index) => (
        <li key={index} data-state={mark.severity === 'error' ? 'FAILED' : mark.severity === 'warning' ? 'WARNING' : 'RUNNING'}>
          <button type="button" className="plain" onClick={() => onChoose(mark)}>
            <span className="mono">{mark.line}:{mark.column}</span> {piecesOf(mark.message)}
          </button>
        </li>
      ))}
    </ul>
  )
}
