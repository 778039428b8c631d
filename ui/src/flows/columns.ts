import type { Column } from '../parts/columns'

export interface FlowColumn extends Column {
  /** What the server sorts by; a column without it is not sorted. */
  sort?: string
  /** Left out where there is little room. */
  isWide?: boolean
}

export const FLOW_COLUMNS: readonly FlowColumn[] = [
  { id: 'id', title: 'Id', sort: 'id', isFixed: true },
  { id: 'namespace', title: 'Namespace', sort: 'namespace' },
  { id: 'description', title: 'Description', isExtra: true, isWide: true },
  { id: 'revision', title: 'Revision', isExtra: true, isWide: true },
  { id: 'last', title: 'Last execution' },
  { id: 'next', title: 'Next run', isWide: true },
  { id: 'labels', title: 'Labels', isWide: true },
]
