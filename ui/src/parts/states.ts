import type { StateName } from '../api/types'

export const STATES: readonly StateName[] = [
  'CREATED', 'QUEUED', 'RUNNING', 'PAUSED', 'BREAKPOINT', 'RESTARTED', 'RETRYING', 'KILLING', 'SUCCESS', 'WARNING', 'FAILED', 'KILLED', 'CANCELLED', 'SKIPPED',
]

const ENDED: ReadonlySet<StateName> = new Set(['SUCCESS', 'WARNING', 'FAILED', 'KILLED', 'CANCELLED', 'SKIPPED', 'RETRIED'])

export const hasEnded = (state: StateName) => ENDED.has(state)

/** A sign beside the colour: colour alone tells nothing to some readers. */
export const SIGNS: Partial<Record<StateName, string>> = {
  SUCCESS: '✓', WARNING: '!', FAILED: '✕', RUNNING: '▸', PAUSED: '‖', QUEUED: '⋯', KILLED: '■', KILLING: '■',
  CANCELLED: '⊘', SKIPPED: '»', RETRYING: '↻', RETRIED: '↻', RESTARTED: '↻', CREATED: '○', SUBMITTED: '○', BREAKPOINT: '◆',
}
