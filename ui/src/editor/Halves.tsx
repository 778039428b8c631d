import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { t } from '../language'
import { keeping } from '../parts/keeping'
import { readShare, shareAt, shareByKey, SHARES } from './share'
import './editor.css'

const kept = keeping('tiercel-editor-share', readShare)

interface Props {
  /** What is seen; see `View`. */
  shows: 'source' | 'both' | 'picture'
  /** Whether the two stand side by side, with a divider between them. */
  isDivided: boolean
  text: ReactNode
  problems: ReactNode
  picture: ReactNode
}

/** A text and what stands beside it; the divider is moved by mouse and keys, and stays where it was put in this browser. */
export function Halves({ shows, isDivided, text, problems, picture }: Props) {
  const [dragged, setDragged] = useState<number>()
  const settled = kept.use()
  const share = dragged ?? settled
  const box = useRef<HTMLDivElement>(null)
  const columns = isDivided ? { gridTemplateColumns: `minmax(0, ${share}fr) 12px minmax(0, ${100 - share}fr)` } : {}
  return (
    <div className="source" data-view={shows} data-divided={isDivided || undefined} data-dragged={dragged !== undefined || undefined} style={columns} ref={box}>
      {text}
      {problems}
      {isDivided && <Divider share={share} box={box} onDrag={setDragged} onSettled={kept.set} />}
      {picture}
    </div>
  )
}

interface DividerProps {
  share: number
  box: React.RefObject<HTMLDivElement | null>
  /** While the pointer is down; undefined when it is let go. */
  onDrag: (share: number | undefined) => void
  onSettled: (share: number) => void
}

function Divider({ share, box, onDrag, onSettled }: DividerProps) {
  const press = (event: KeyboardEvent) => {
    const next = event.ctrlKey || event.metaKey || event.altKey ? undefined : shareByKey(share, event.key)
    if (next === undefined) return
    event.preventDefault()
    onSettled(next)
  }
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const place = box.current?.getBoundingClientRect()
    if (place && event.currentTarget.hasPointerCapture(event.pointerId)) onDrag(shareAt(event.clientX, place.left, place.width))
  }
  const letGo = () => {
    onSettled(share)
    onDrag(undefined)
  }
  return (
    <div
      className="divider" role="separator" tabIndex={0} aria-orientation="vertical" aria-label={t`Width of the text`} title={t`Drag, or move with the arrow keys; a double click resets it`}
      aria-valuenow={share} aria-valuemin={SHARES.least} aria-valuemax={SHARES.most} onKeyDown={press} onDoubleClick={() => onSettled(SHARES.usual)}
      onPointerDown={(event) => event.button === 0 && event.currentTarget.setPointerCapture(event.pointerId)} onPointerMove={move} onLostPointerCapture={letGo}
    />
  )
}
