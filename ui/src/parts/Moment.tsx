import { Tooltip } from '@mantine/core'
import { usePreferences } from '../settings/preferences'
import { zoneName } from '../settings/zones'
import { useNow } from './useNow'
import { fullMoment, relative, shortMoment } from './durations'

/** A moment in the zone and form that the reader likes; UTC and the distance from now on hover. */
export function Moment({ at, full = false }: { at: string | undefined; full?: boolean }) {
  const now = useNow(false)
  const liked = usePreferences()
  if (!at) return <span>–</span>
  const hover = `${fullMoment(at, liked.timeZone)} ${zoneName(liked.timeZone)} · ${at} · ${relative(at, now)}`
  return (
    <Tooltip label={hover}>
      <time dateTime={at}>{full ? fullMoment(at, liked.timeZone) : shortMoment(at, now, liked)}</time>
    </Tooltip>
  )
}
