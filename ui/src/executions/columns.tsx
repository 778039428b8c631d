import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Execution, Label } from '../api/types'
import { t } from '../language'
import type { Column } from '../parts/columns'
import { Duration } from '../parts/Duration'
import { Labels } from '../parts/Labels'
import { Moment } from '../parts/Moment'
import { StateBadge } from '../parts/StateBadge'
import { hasEnded } from '../parts/states'
import { inputsText, lastTask } from './cells'
import { Parent } from './Children'
import { addressOf } from './ExecutionsTable'

export interface ExecutionColumn extends Column {
  /** What the server sorts by; a column without it is not sorted. */
  sort?: string
  /** Of the cells. */
  className?: string
  /** Left out where there is little room. */
  isWide?: boolean
  /** Says nothing on the page of one flow. */
  isOfFlow?: boolean
  cell: (execution: Execution, onLabel: (label: Label) => void) => ReactNode
}

const SHORT_ID = 8

const cut = (text: string, title = text) => <div className="cut" style={{ maxWidth: 220 }} title={title}>{text}</div>

export const EXECUTION_COLUMNS: readonly ExecutionColumn[] = [
  { id: 'state', title: t`State`, sort: 'state.current', cell: ({ state }) => <StateBadge state={state.current} /> },
  {
    id: 'id', title: t`Id`, sort: 'id', isFixed: true, className: 'mono',
    cell: (execution) => <Link to={addressOf(execution)} title={execution.id}>{execution.id.slice(0, SHORT_ID)}</Link>,
  },
  {
    id: 'flow', title: t`Flow`, sort: 'flowId', isOfFlow: true, className: 'wide-cell',
    cell: ({ namespace, flowId }) => <Link to={`/flows/edit/${namespace}/${flowId}/overview`}>{flowId}</Link>,
  },
  { id: 'namespace', title: t`Namespace`, sort: 'namespace', isOfFlow: true, isWide: true, cell: ({ namespace }) => namespace },
  { id: 'startDate', title: t`Started`, sort: 'state.startDate', cell: ({ state }) => <Moment at={state.startDate} /> },
  {
    id: 'endDate', title: t`Ended`, sort: 'state.endDate', isExtra: true, isWide: true,
    cell: ({ state }) => <Moment at={hasEnded(state.current) ? state.endDate : undefined} />,
  },
  { id: 'duration', title: t`Duration`, sort: 'state.duration', cell: ({ state }) => <Duration state={state} /> },
  { id: 'revision', title: t`Revision`, isExtra: true, isWide: true, cell: ({ flowRevision }) => flowRevision },
  {
    id: 'inputs', title: t`Inputs`, isExtra: true, isWide: true,
    cell: (execution) => cut(inputsText(execution)),
  },
  { id: 'task', title: t`Last task`, isExtra: true, isWide: true, cell: (execution) => cut(lastTask(execution)) },
  { id: 'trigger', title: t`Trigger`, isExtra: true, isWide: true, cell: ({ trigger }) => trigger && cut(trigger.id, trigger.type) },
  { id: 'parent', title: t`Parent`, isExtra: true, isWide: true, cell: (execution) => <Parent execution={execution} /> },
  { id: 'labels', title: t`Labels`, isWide: true, cell: ({ labels }, onLabel) => <Labels labels={labels} onPick={onLabel} /> },
]
