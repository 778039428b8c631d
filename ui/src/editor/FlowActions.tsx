import { Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Flow } from '../api/types'
import { t } from '../language'
import { Actions } from './Actions'
import { NAMED_BY } from './naming'

interface Props {
  flow: Flow
  source: string
  isLocked: boolean
  onChange: (source: string) => void
  onExecute: () => void
  onDelete: () => void
}

/** What can be done with a flow that is stored. */
export function FlowActions({ flow: { namespace, id, disabled }, isLocked, onExecute, onDelete, ...text }: Props) {
  return (
    <Actions
      {...text} isLocked={isLocked} kept={NAMED_BY}
      above={
        <>
          <Menu.Item onClick={onExecute} disabled={disabled ?? false} rightSection={<kbd>Ctrl E</kbd>}>{t`Execute`}</Menu.Item>
          <Menu.Divider />
        </>
      }
      below={
        <>
          <Menu.Divider />
          <Menu.Item component={Link} to="/flows/new" search={{ copy: `${namespace}.${id}` } as never}>{t`Copy`}</Menu.Item>
          <Menu.Item onClick={onDelete} disabled={isLocked}>{t`Delete`}</Menu.Item>
        </>
      }
    />
  )
}
