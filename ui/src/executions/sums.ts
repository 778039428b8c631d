import type { Metric } from '../api/types'

export interface Sum {
  taskId: string
  name: string
  value: number
}

/** Counters of an execution by task and name, in the order in which they were first counted. */
export function sumsOf(metrics: readonly Metric[]): Sum[] {
  const sums = new Map<string, Sum>()
  for (const { taskId, name, value, type } of metrics) {
    if (type !== 'counter') continue
    const key = JSON.stringify([taskId, name])
    sums.set(key, { taskId, name, value: (sums.get(key)?.value ?? 0) + value })
  }
  return [...sums.values()]
}
