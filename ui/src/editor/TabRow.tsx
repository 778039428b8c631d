import { ActionIcon, Menu } from '@mantine/core'
import { IconDotsVertical } from '@tabler/icons-react'
import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react'
import { t } from '../language'
import { nameOf } from '../namespaces/paths'
import { closing, tabByKey, type Closing, type TabKey, type Tabs } from './tabs'

interface Props {
  tabs: Tabs
  unsaved: ReadonlySet<TabKey>
  onShow: (key: TabKey) => void
  onClose: (of: TabKey, which: Closing) => void
}

export const tabId = (key: TabKey) => `editor-tab-${key}`
export const panelId = (key: TabKey) => `editor-panel-${key}`

const MIDDLE_BUTTON = 1

/** The flow and the files that are open beside it. Files are closed by a cross, the middle button, Delete, and a menu. */
export function TabRow({ tabs, unsaved, onShow, onClose }: Props) {
  const row = useRef<HTMLDivElement>(null)
  const [aimed, aim] = useState<TabKey>('flow')
  const focusOn = useRef(false)
  useEffect(() => {
    const tab = row.current?.querySelector<HTMLElement>('[aria-selected="true"]')
    tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    if (focusOn.current) tab?.focus()
    focusOn.current = false
  }, [tabs])
  const press = (event: KeyboardEvent) => {
    const next = event.ctrlKey || event.metaKey || event.altKey ? undefined : tabByKey(tabs, event.key)
    if (next === undefined && event.key !== 'Delete') return
    event.preventDefault()
    focusOn.current = true
    if (next === undefined) onClose(tabs.shown, 'this')
    else onShow(next)
  }
  const tabOf = (key: TabKey, title: string, path: string, children: ReactNode) => (
    <button
      key={key} type="button" role="tab" id={tabId(key)} className="editor-tab" aria-selected={tabs.shown === key} tabIndex={tabs.shown === key ? 0 : -1}
      {...(tabs.shown === key ? { 'aria-controls': panelId(key) } : {})} title={path} onClick={() => onShow(key)} onContextMenuCapture={() => aim(key)}
      onMouseDown={(event) => event.button === MIDDLE_BUTTON && event.preventDefault()} onAuxClick={(event) => event.button === MIDDLE_BUTTON && onClose(key, 'this')}
    >
      {title}{unsaved.has(key) && <span role="img" className="editor-dot" aria-label={t`not saved`}> •</span>}{children}
    </button>
  )
  return (
    <div className="editor-tabs">
      <Menu {...MENU}>
        <Menu.ContextMenu>
          <div role="tablist" aria-label={t`Open texts`} className="editor-tablist" onKeyDown={press} ref={row}>
            {tabOf('flow', t`Flow`, t`The source of the flow`, null)}
            {tabs.files.map(({ key, path }) => tabOf(key, nameOf(path), path, <Cross onClose={() => onClose(key, 'this')} />))}
          </div>
        </Menu.ContextMenu>
        <ClosingItems tabs={tabs} of={aimed} onClose={onClose} />
      </Menu>
      <Menu position="bottom-end" {...MENU}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size={28} aria-label={t`Tabs`} title={t`Close tabs`}><IconDotsVertical size={16} stroke={1.6} /></ActionIcon>
        </Menu.Target>
        <ClosingItems tabs={tabs} of={tabs.shown} onClose={onClose} />
      </Menu>
    </div>
  )
}

const MENU = { shadow: 'md', withInitialFocusPlaceholder: false, menuItemTabIndex: 0 } as const

/** For the mouse alone: a tab holds nothing else that has the focus; keys have Delete and the menu. */
function Cross({ onClose }: { onClose: () => void }) {
  const close = (event: MouseEvent) => {
    event.stopPropagation()
    onClose()
  }
  return <span aria-hidden className="editor-cross" title={t`Close`} onClick={close}>×</span>
}

const ITEMS: readonly { which: Closing; label: string }[] = [
  { which: 'this', label: t`Close` },
  { which: 'others', label: t`Close the others` },
  { which: 'right', label: t`Close those to the right` },
  { which: 'all', label: t`Close all files` },
]

function ClosingItems({ tabs, of, onClose }: { tabs: Tabs; of: TabKey; onClose: Props['onClose'] }) {
  return (
    <Menu.Dropdown>
      {ITEMS.map(({ which, label }) => (
        <Menu.Item key={which} disabled={!closing(tabs, of, which).length} onClick={() => onClose(of, which)}>{label}</Menu.Item>
      ))}
    </Menu.Dropdown>
  )
}
