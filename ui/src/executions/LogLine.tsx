import { Link } from '@tanstack/react-router'
import { fileUrl } from '../api/executions'
import { memo, type ReactNode } from 'react'
import type { LogEntry } from '../api/types'
import { t } from '../language'
import { fullMoment } from '../parts/durations'
import { piecesOf } from './logText'

interface Props {
  entry: LogEntry
  search: string
  task?: string | undefined
  isDated?: boolean
  /** An address that leads to this line. */
  link?: string
  isMarked?: boolean
  /** Whose line it is, where that is more than a task. */
  children?: ReactNode
}

/** Where month and clock begin in a moment in full. */
const MONTH = 5
const CLOCK = 11

/** Drawn again only when it differs: scrolling and typing go on with dozens of them in view. */
export const LogLine = memo(function LogLine({ entry, search, task, isDated = false, link, isMarked = false, children }: Props) {
  const moment = fullMoment(entry.timestamp)
  const when = (
    <time dateTime={entry.timestamp} title={t`${moment} local · ${entry.timestamp}`}>
      {moment.slice(isDated ? MONTH : CLOCK)}
    </time>
  )
  return (
    <div className="log-line mono" data-level={entry.level} aria-current={isMarked || undefined}>
      {link === undefined ? when : <a className="log-at" href={link} tabIndex={-1}>{when}</a>}
      <span className="log-level">{entry.level}</span>
      {task !== undefined && <span className="log-task cut" title={task}>{task}</span>}
      {children && <span className="log-from cut">{children}</span>}
      <span className="log-text">
        {piecesOf(entry.message, search).map((piece, index) => {
          if (piece.kind === 'hit') return <mark key={index}>{piece.text}</mark>
          if (piece.kind === 'file') {
            return <a key={index} href={fileUrl(entry.executionId, piece.text)} download>{piece.text}</a>
          }
          if (piece.address) return <Link key={index} to={piece.address}>{piece.text}</Link>
          return piece.text
        })}
      </span>
    </div>
  )
})
