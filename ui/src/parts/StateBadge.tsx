import type { StateName } from '../api/types'
import { SIGNS } from './states'

export function StateBadge({ state }: { state: StateName }) {
  return (
    <span className="badge" data-state={state}>
      <span aria-hidden>{SIGNS[state] ?? '•'}</span>
      {state}
    </span>
  )
}
