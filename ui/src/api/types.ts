/** Shapes of the API's JSON, as far as the pages read them. */

export type StateName =
  | 'CREATED' | 'QUEUED' | 'RUNNING' | 'PAUSED' | 'RESTARTED' | 'RETRYING' | 'RETRIED' | 'KILLING'
  | 'SUCCESS' | 'WARNING' | 'FAILED' | 'KILLED' | 'CANCELLED' | 'SKIPPED' | 'SUBMITTED' | 'RESUBMITTED' | 'BREAKPOINT'

export interface State {
  current: StateName
  histories: { state: StateName; date: string }[]
  duration?: string
  startDate: string
  endDate?: string
}

export interface Label {
  key: string
  value: string
}

export interface TaskRun {
  id: string
  executionId: string
  taskId: string
  parentTaskRunId?: string
  value?: string
  iteration?: number
  items?: string
  attempts?: { state: State; logFile?: string }[]
  outputs?: unknown
  state: State
}

export interface Execution {
  id: string
  namespace: string
  flowId: string
  flowRevision: number
  taskRunList?: TaskRun[]
  inputs?: Record<string, unknown>
  outputs?: Record<string, unknown>
  variables?: Record<string, unknown>
  labels?: Label[]
  state: State
  parentId?: string
  originalId?: string
  trigger?: { id: string; type: string; variables?: Record<string, unknown> }
  metadata?: { attemptNumber: number; originalCreatedDate: string }
  scheduleDate?: string
  breakpoints?: { id: string; value?: string }[]
  url?: string
}

export interface InputSpec {
  id: string
  type: string
  displayName?: string
  description?: string
  required?: boolean
  defaults?: unknown
  prefill?: unknown
  values?: (string | { id?: string; value?: string; label?: string })[]
  expression?: string
  allowCustomValue?: boolean
  isRadio?: boolean
  min?: number
  max?: number
  itemType?: string
  dependsOn?: { inputs?: string[]; condition?: string }
}

export interface TaskSpec {
  id: string
  type: string
  description?: string
  [property: string]: unknown
}

export interface TriggerSpec {
  id: string
  type: string
  cron?: string
  timezone?: string
  description?: string
  disabled?: boolean
  inputs?: Record<string, unknown>
  [property: string]: unknown
}

export interface Flow {
  id: string
  namespace: string
  revision: number
  description?: string
  disabled?: boolean
  deleted?: boolean
  labels?: Label[]
  inputs?: InputSpec[]
  tasks?: TaskSpec[]
  errors?: TaskSpec[]
  finally?: TaskSpec[]
  triggers?: TriggerSpec[]
  source?: string
  updated?: string
  [property: string]: unknown
}

export type Level = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'

export interface LogEntry {
  namespace: string
  flowId: string
  executionId: string
  taskId?: string
  taskRunId?: string
  triggerId?: string
  attemptNumber?: number
  timestamp: string
  level: Level
  message: string
}

export interface Metric {
  taskId: string
  taskRunId: string
  type: string
  name: string
  value: number
  timestamp: string
  tags?: Record<string, string>
}

export interface Validation {
  index: number
  flow?: string
  namespace?: string
  outdated: boolean
  constraints?: string
  problems?: { message: string; path?: string; line?: number; column?: number; hint?: string }[]
  warnings?: string[]
  infos?: string[]
  deprecationPaths?: string[]
}

/** Which dates a backfill runs, by what happened at them before. */
export type Only = 'ALL' | 'MISSING' | 'FAILED' | 'MISSING_OR_FAILED'

export interface Backfill {
  id?: string
  start: string
  end?: string
  currentDate?: string
  paused?: boolean
  inputs?: Record<string, unknown>
  labels?: Label[]
  only?: Only
  newestFirst?: boolean
  parallel?: number
  total?: number
  started?: number
  running?: number
  succeeded?: number
  failed?: number
  progress?: number
  cancelled?: boolean
  endedAt?: string
}

export interface TriggerState {
  namespace: string
  flowId: string
  triggerId: string
  date?: string
  nextExecutionDate?: string
  executionId?: string
  evaluateRunningDate?: string
  lastTriggeredDate?: string
  lastResult?: string
  lastMessage?: string
  locked?: boolean
  stopAfter?: string[]
  workerId?: string
  updatedDate?: string
  disabled?: boolean
  backfill?: Backfill
}

export interface DailyStatistic {
  startDate: string
  duration?: { avg?: string; sum?: string; count: number }
  executionCounts: Partial<Record<StateName, number>>
  groupBy?: string
}
