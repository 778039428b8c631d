import type { State } from '../api/types'
import { fullMoment, readable } from './durations'
import { hasEnded } from './states'
import { useNow } from './useNow'

/** How long something took, or has been going on; on hover through which states. */
export function Duration({ state }: { state: State }) {
  const isOver = hasEnded(state.current)
  const now = useNow(!isOver)
  return <span title={passed(state)}>{readable(lasted(state, now))}</span>
}

const passed = ({ histories }: State) => histories.map(({ state, date }) => `${state} ${fullMoment(date)}`).join('\n')

export function lasted(state: State, now: Date): number {
  const last = state.histories.at(-1)?.date
  const end = hasEnded(state.current) ? Date.parse(state.endDate ?? last ?? state.startDate) : now.getTime()
  return Math.max(0, end - Date.parse(state.startDate))
}
