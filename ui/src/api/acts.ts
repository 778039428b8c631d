/** What can be asked of an execution that is there. */

import { part, request, type Query } from './client'
import type { Execution, InputSpec, Label, StateName } from './types'

type Reply = Promise<Execution | undefined>

const act = (id: string, action: string, query: Query = {}, more: { body?: BodyInit; json?: unknown } = {}): Reply =>
  request(`/executions/${part(id)}/${action}`, { method: 'POST', query, ...more })

interface Rerun {
  taskRunId?: string | undefined
  revision?: number | undefined
  breakpoints?: readonly string[]
  /** Other inputs; without them it gets those that it had. */
  form?: FormData | undefined
}

export const replay = (id: string, { taskRunId, revision, breakpoints = [], form }: Rerun) =>
  act(id, form ? 'replay-with-inputs' : 'replay', { taskRunId, revision, breakpoints }, filled(form))

export const restart = (id: string, revision?: number) => act(id, 'restart', { revision })
export const resume = (id: string, form: FormData) => act(id, 'resume', {}, filled(form))
export const resumeFromBreakpoint = (id: string, breakpoints: readonly string[]) => act(id, 'resume-from-breakpoint', { breakpoints })
export const pause = (id: string) => act(id, 'pause')
export const forceRun = (id: string) => act(id, 'force-run')
export const unqueue = (id: string, state: StateName) => act(id, 'unqueue', { state })
export const changeState = (id: string, status: StateName) => act(id, 'change-status', { status })
export const changeRunState = (id: string, taskRunId: string, state: StateName) => act(id, 'state', {}, { json: { taskRunId, state } })
export const setLabels = (id: string, labels: readonly Label[]) => act(id, 'labels', {}, { json: labels })

export const kill = (id: string, withChildren: boolean) =>
  request<void>(`/executions/${part(id)}/kill`, { method: 'DELETE', query: { isOnKillCascade: withChildren } })

export interface Kept {
  deleteLogs: boolean
  deleteMetrics: boolean
  deleteStorage: boolean
}

export const remove = (id: string, kept: Kept) => request<void>(`/executions/${part(id)}`, { method: 'DELETE', query: { ...kept } })

/** What the Pause that waits asks for. */
export const resumeInputsQuery = (id: string) => ({
  queryKey: ['resume', id],
  queryFn: async () => {
    const reply = await request<{ inputs: { input: InputSpec }[] }>(`/executions/${part(id)}/resume/validate`, { method: 'POST' })
    return reply.inputs.map(({ input }) => input)
  },
})

/** What an execution waits for, in a sentence; asked again when `stamp` changes. */
export const whyQuery = (id: string, stamp: string) => ({
  queryKey: ['why', id, stamp],
  queryFn: () => request<{ reason: string | null }>(`/executions/${part(id)}/why`),
})

/** A body without parts is none that a server could read. */
const filled = (form: FormData | undefined) => (form && [...form.keys()].length > 0 ? { body: form } : {})
