import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { lazy, Suspense, useRef, useState, type ReactNode } from 'react'
import { t } from '../language'
import type { Open } from './Drawers'

const Drawers = lazy(() => import('./Drawers'))

interface Props {
  source: string
  onChange: (source: string) => void
  isLocked?: boolean
  /** Names that the flow keeps. */
  kept?: readonly string[]
  /** What else can be done, above and below what changes the text. */
  above?: ReactNode
  below?: ReactNode
}

/** What can be done with the flow that is edited, beside saving it. */
export function Actions({ source, onChange, isLocked = false, kept = [], above, below }: Props) {
  const [open, setOpen] = useState<Open>()
  const target = useRef<HTMLButtonElement>(null)
  const start = (next: Open) => () => {
    // What is closed later gives the focus back to what has it now: the item goes with its menu.
    target.current?.focus()
    setOpen(next)
  }
  return (
    <>
      <Menu position="bottom-end" shadow="md" withInitialFocusPlaceholder={false} menuItemTabIndex={0} returnFocus={false}>
        <Menu.Target>
          <Button ref={target} variant="default" rightSection={<IconChevronDown size={14} stroke={1.8} />}>{t`Actions`}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {above}
          <Menu.Item onClick={start({ kind: 'metadata' })} disabled={isLocked}>{t`Edit properties`}</Menu.Item>
          <Menu.Item onClick={start({ kind: 'add', what: 'triggers' })} disabled={isLocked}>{t`Add a trigger`}</Menu.Item>
          <Menu.Item onClick={start({ kind: 'add', what: 'errors' })} disabled={isLocked}>{t`Add an error handler`}</Menu.Item>
          {below}
        </Menu.Dropdown>
      </Menu>
      {open && <Suspense><Drawers open={open} source={source} kept={kept} onChange={onChange} onOpen={setOpen} onClose={() => setOpen(undefined)} /></Suspense>}
    </>
  )
}
