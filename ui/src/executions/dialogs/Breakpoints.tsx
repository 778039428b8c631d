import { MultiSelect } from '@mantine/core'
import { t } from '../../language'
import { taskIdsOf } from '../../topology/graph'
import type { Flow } from '../../api/types'

interface Props {
  flow: Flow | undefined
  value: string[]
  onChange: (value: string[]) => void
}

/** Tasks before which an execution is to stop. */
export function Breakpoints({ flow, value, onChange }: Props) {
  return (
    <MultiSelect
      label={t`Stop before`} description={t`It waits there until somebody lets it go on.`} searchable placeholder={value.length ? '' : t`No breakpoint`}
      data={flow ? taskIdsOf(flow) : []} value={value} onChange={onChange}
    />
  )
}
