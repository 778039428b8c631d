import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Flow } from '../api/types'
import { t } from '../language'

interface Props {
  flow: Flow
  isLocked: boolean
  onExecute: () => void
  onDelete: () => void
}

/** What can be done with the flow that is edited, beside saving it. */
export function Actions({ flow: { namespace, id, disabled }, isLocked, onExecute, onDelete }: Props) {
  return (
    <Menu position="bottom-end" shadow="md" withInitialFocusPlaceholder={false} menuItemTabIndex={0}>
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={14} stroke={1.8} />}>{t`Actions`}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onExecute} disabled={disabled ?? false} rightSection={<kbd>Ctrl E</kbd>}>{t`Execute`}</Menu.Item>
        <Menu.Item component={Link} to="/flows/new" search={{ copy: `${namespace}.${id}` } as never}>{t`Copy`}</Menu.Item>
        <Menu.Divider />
        <Menu.Item color="red" onClick={onDelete} disabled={isLocked}>{t`Delete`}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
