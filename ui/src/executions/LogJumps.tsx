import { useHotkeys } from '@mantine/hooks'
import { MARKED, type Marked, type Step } from '../api/logPages'
import { digits, t } from '../language'

interface Props {
  countOf: (level: Marked) => number
  onJump: (level: Marked, step: Step) => void
}

/** How many errors and warnings there are, and from one to the next: also with E and W, back with Shift. */
export function LogJumps({ countOf, onJump }: Props) {
  useHotkeys([
    ['e', () => onJump('ERROR', 1)],
    ['shift+e', () => onJump('ERROR', -1)],
    ['w', () => onJump('WARN', 1)],
    ['shift+w', () => onJump('WARN', -1)],
  ])
  return MARKED.filter((level) => countOf(level) > 0).map((level) => (
    <span key={level} className="log-jump" role="group" aria-label={t`Lines of level ${level}`} data-level={level}>
      <button type="button" aria-label={t`Previous ${level}`} title={t`Previous (Shift ${level.charAt(0)})`} onClick={() => onJump(level, -1)}>↑</button>
      <span>{digits(countOf(level))} {level}</span>
      <button type="button" aria-label={t`Next ${level}`} title={t`Next (${level.charAt(0)})`} onClick={() => onJump(level, 1)}>↓</button>
    </span>
  ))
}
