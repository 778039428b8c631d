import type { Execution, TaskRun } from '../api/types'
import { counted } from '../language'
import { isEncrypted, MASK } from '../parts/secrets'
import { nameOf } from './tree'

/** The task run that began last, with how often it was tried where that is more than once. */
export function lastTask({ taskRunList = [] }: Execution): string {
  let last: TaskRun | undefined
  for (const run of taskRunList) if (!last || Date.parse(run.state.startDate) >= Date.parse(last.state.startDate)) last = run
  if (!last) return ''
  const tries = last.attempts?.length ?? 0
  return tries > 1 ? `${nameOf(last)} (${counted(tries, 'attempt')})` : nameOf(last)
}

/** Inputs in one line; what is encrypted is not copied about. */
export const inputsText = ({ inputs = {} }: Execution): string =>
  Object.entries(inputs).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${isEncrypted(value) ? MASK : typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ')
