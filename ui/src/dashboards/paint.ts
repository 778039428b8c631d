import { STATES } from '../parts/states'

/** Attributes that give an element its colour: states have theirs everywhere, other names one in turn. */
export type Paint = { 'data-state': string } | { 'data-hue': string }

const LEVELS: Readonly<Record<string, string>> = { ERROR: 'FAILED', WARN: 'WARNING', INFO: 'RUNNING', DEBUG: 'QUEUED', TRACE: 'SKIPPED' }
const HUES = 8

export const isState = (name: string) => (STATES as readonly string[]).includes(name)

export function paintsOf(names: readonly string[]): Paint[] {
  let others = 0
  return names.map((name) => {
    const state = isState(name) ? name : LEVELS[name]
    if (state) return { 'data-state': state }
    others += 1
    return { 'data-hue': String((others - 1) % HUES) }
  })
}
