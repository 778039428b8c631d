import type { Execution } from '../api/types'
import { membersOf, type Knowledge } from './offers'

/** What expressions of an execution can read: its values as they are. */
export function knowledgeOf(execution: Execution): Knowledge {
  const context = contextOf(execution)
  return {
    roots: () => membersOf(context).map((offer) => ({ ...offer, kind: 'variable' })),
    members: (path) => Promise.resolve(membersOf(path.reduce<unknown>(step, context))),
    arguments: () => Promise.resolve([]),
  }
}

/** One step on a path; a computed one leads to any of the values, which are alike in a loop. */
function step(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object') return undefined
  return name === '' ? Object.values(value)[0] : (value as Record<string, unknown>)[name]
}

function contextOf({ id, namespace, flowId, flowRevision, inputs = {}, labels = [], variables = {}, trigger, taskRunList = [], state }: Execution): Record<string, unknown> {
  const outputs: Record<string, unknown> = {}
  for (const { taskId, value, outputs: given } of taskRunList) {
    if (value === undefined) outputs[taskId] = given ?? {}
    else outputs[taskId] = { ...(outputs[taskId] as object | undefined), [value]: given ?? {} }
  }
  return {
    outputs, inputs, vars: variables, labels: Object.fromEntries(labels.map(({ key, value }) => [key, value])),
    flow: { id: flowId, namespace, revision: flowRevision }, execution: { id, startDate: state.startDate, state: state.current },
    taskrun: { id: '', startDate: '', value: '', attemptsCount: 0 }, ...(trigger ? { trigger: trigger.variables ?? {} } : {}),
  }
}
