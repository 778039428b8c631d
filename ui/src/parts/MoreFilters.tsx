import { ActionIcon, NativeSelect, Popover, Stack } from '@mantine/core'
import { IconFilterPlus } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { ORIGINS, SCOPES } from '../executions/filters'
import { t } from '../language'
import { labelsIn, one, type Search } from '../search'
import type { Change } from '../useAddress'
import { LabelField } from './FilterFields'

const choices = (all: string, named: Readonly<Record<string, string>>) => [{ value: '', label: all }, ...Object.entries(named).map(([value, label]) => ({ value, label }))]

interface Props {
  search: Search
  /** Narrows the list. */
  set: (values: Change) => void
  hasOrigin?: boolean
  /** Further fields. */
  children?: ReactNode
}

/** What a list is narrowed to less often: it takes its room when it is asked for. */
export function MoreFilters({ search, set, hasOrigin = false, children }: Props) {
  return (
    <Popover trapFocus returnFocus position="bottom-start" width={300} shadow="md">
      <Popover.Target>
        <ActionIcon variant="default" size={30} aria-label={t`More filters`} title={t`More filters`}><IconFilterPlus size={16} stroke={1.6} /></ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Stack gap="xs" className="more-filters">
          {children}
          <LabelField labels={labelsIn(search)} onChange={(labels) => set({ labels })} />
          {hasOrigin && <NativeSelect size="xs" aria-label={t`Origin`} data={choices(t`However they were started`, ORIGINS)} value={one(search, 'childFilter')} onChange={(event) => set({ childFilter: event.currentTarget.value })} />}
          <NativeSelect size="xs" aria-label={t`Scope`} data={choices(t`Of users and of the system`, SCOPES)} value={one(search, 'scope')} onChange={(event) => set({ scope: event.currentTarget.value })} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
