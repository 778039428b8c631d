import type { DailyStatistic } from '../api/types'
import { milliseconds } from '../parts/durations'

export interface Usages {
  flows: { count: number; namespacesCount: number; taskTypeCount: Record<string, number>; triggerTypeCount: Record<string, number> }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

/** The figures of an instance; undefined while they are not known. */
export function usageOf(stored: Usages | undefined, ran: readonly DailyStatistic[] | undefined) {
  return {
    namespaces: stored?.flows.namespacesCount,
    flows: stored?.flows.count,
    tasks: stored && sum(Object.values(stored.flows.taskTypeCount)),
    triggers: stored && sum(Object.values(stored.flows.triggerTypeCount)),
    executions: ran && sum(ran.flatMap(({ executionCounts }) => Object.values(executionCounts))),
    durationMs: ran && sum(ran.map(({ duration }) => milliseconds(duration?.sum) ?? 0)),
  }
}
