import { Tooltip } from '@mantine/core'
import { useNow } from './useNow'
import { fullMoment, relative, shortMoment } from './durations'

/** A moment in the zone of the browser; UTC and the distance from now on hover. */
export function Moment({ at, full = false }: { at: string | undefined; full?: boolean }) {
  const now = useNow(false)
  if (!at) return <span>–</span>
  const hover = `${fullMoment(at)} local · ${at} · ${relative(at, now)}`
  return (
    <Tooltip label={hover}>
      <time dateTime={at}>{full ? fullMoment(at) : shortMoment(at, now)}</time>
    </Tooltip>
  )
}
