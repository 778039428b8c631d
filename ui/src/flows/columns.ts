import { t } from '../language'
import type { Column } from '../parts/columns'

export interface FlowColumn extends Column {
  /** What the server sorts by; a column without it is not sorted. */
  sort?: string
  /** Left out where there is little room. */
  isWide?: boolean
}

export const FLOW_COLUMNS: readonly FlowColumn[] = [
  { id: 'id', title: t`Id`, sort: 'id', isFixed: true },
  { id: 'namespace', title: t`Namespace`, sort: 'namespace' },
  { id: 'description', title: t`Description`, isExtra: true, isWide: true },
  { id: 'revision', title: t`Revision`, isExtra: true, isWide: true },
  { id: 'last', title: t`Last execution` },
  { id: 'next', title: t`Next run`, isWide: true },
  { id: 'labels', title: t`Labels`, isWide: true },
]
