import { t } from '../language'
import type { Column } from '../parts/columns'

export interface TriggerColumn extends Column {
  /** What the server sorts by; a column without it is not sorted. */
  sort?: string
}

export const TRIGGER_COLUMNS: readonly TriggerColumn[] = [
  { id: 'trigger', title: t`Trigger`, sort: 'triggerId', isFixed: true },
  { id: 'flow', title: t`Flow`, sort: 'flowId', isFixed: true },
  { id: 'execution', title: t`Execution`, isExtra: true },
  { id: 'worker', title: t`Worker`, isExtra: true },
  { id: 'last', title: t`Last` },
  { id: 'evaluated', title: t`Evaluated`, isExtra: true },
  { id: 'updated', title: t`Changed`, isExtra: true },
  { id: 'next', title: t`Next`, sort: 'nextExecutionDate' },
  { id: 'lock', title: t`Evaluation lock`, isExtra: true },
  { id: 'backfill', title: t`Backfill` },
]
