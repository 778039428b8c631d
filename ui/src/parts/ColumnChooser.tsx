import { ActionIcon, Button, Checkbox, Popover, Stack } from '@mantine/core'
import { IconColumns3 } from '@tabler/icons-react'
import { t } from '../language'
import { shownOf, withColumn, type Column } from './columns'
import { choose, useListChoices, type ListName } from './listChoices'

interface Props {
  list: ListName
  columns: readonly Column[]
  /** Those that this page of the list can show; the choice of the others is kept. */
  offered?: readonly Column[]
}

/** Which columns a list shows; kept in this browser. */
export function ColumnChooser({ list, columns, offered = columns }: Props) {
  const { columns: chosen } = useListChoices(list)
  const shown = shownOf(columns, chosen)
  return (
    <Popover trapFocus returnFocus position="bottom-end" shadow="md">
      <Popover.Target>
        <ActionIcon variant="default" size={30} aria-label={t`Columns`} title={t`Columns`}><IconColumns3 size={16} stroke={1.6} /></ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Stack gap={8}>
          {offered.map((column) => (
            <Checkbox
              key={column.id} size="xs" label={column.title} checked={shown.includes(column)} disabled={column.isFixed ?? false}
              onChange={() => choose(list, { columns: withColumn(columns, chosen, column.id) })}
            />
          ))}
          <Button variant="subtle" disabled={!chosen} onClick={() => choose(list, { columns: undefined })}>{t`Standard columns`}</Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
