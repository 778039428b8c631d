import { Link } from '@tanstack/react-router'
import { fileUrl } from '../api/executions'
import type { LogEntry } from '../api/types'
import { fullMoment } from '../parts/durations'
import { piecesOf } from './logText'

interface Props {
  entry: LogEntry
  search: string
  task: string | undefined
}

const CLOCK = 11

export function LogLine({ entry, search, task }: Props) {
  return (
    <div className="log-line mono" data-level={entry.level}>
      <time dateTime={entry.timestamp} title={`${fullMoment(entry.timestamp)} local · ${entry.timestamp}`}>
        {fullMoment(entry.timestamp).slice(CLOCK)}
      </time>
      <span className="log-level">{entry.level}</span>
      {task !== undefined && <span className="log-task cut" title={task}>{task}</span>}
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
}
