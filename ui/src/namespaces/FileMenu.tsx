import { Menu } from '@mantine/core'
import { fileAddress } from '../api/files'
import { t } from '../language'
import { done, failed } from '../parts/notes'
import type { MenuAt } from './FileRow'
import { folderOf, nameOf } from './paths'
import type { FileActs } from './useFileActs'

interface Props {
  namespace: string
  at: MenuAt
  acts: FileActs
  onClose: () => void
}

/** What can be done with one file or folder, where the pointer is. */
export function FileMenu({ namespace, at: { entry, x, y, from }, acts, onClose }: Props) {
  const { path, isFolder } = entry
  const folder = { path: isFolder ? path : folderOf(path), isFolder: true }
  const close = () => {
    onClose()
    from.focus()
  }
  return (
    <Menu opened onClose={close} position="bottom-start" shadow="md" returnFocus={false} withInitialFocusPlaceholder={false} menuItemTabIndex={0}>
      <Menu.Target><button type="button" className="file-menu-place" tabIndex={-1} style={{ left: x, top: y }} aria-label={t`What can be done with ${nameOf(path)}`} /></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => acts.ask('file', folder)}>{isFolder ? t`New file in it` : t`New file beside it`}</Menu.Item>
        <Menu.Item onClick={() => acts.ask('folder', folder)}>{isFolder ? t`New folder in it` : t`New folder beside it`}</Menu.Item>
        <Menu.Divider />
        {!isFolder && <Menu.Item component="a" href={fileAddress(namespace, path)} download={nameOf(path)}>{t`Download`}</Menu.Item>}
        <Menu.Item onClick={() => void copy(path)}>{t`Copy the path`}</Menu.Item>
        <Menu.Item onClick={() => acts.ask('move', entry)}>{t`Rename or move`}</Menu.Item>
        <Menu.Item c="var(--mantine-color-error)" onClick={() => acts.remove(entry)}>{t`Delete`}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** As expressions and scripts name it: without the slash before it. */
async function copy(path: string): Promise<void> {
  const text = path.slice(1)
  try {
    await navigator.clipboard.writeText(text)
    done(t`${text} is copied`)
  } catch {
    // Browsers keep the clipboard from pages that came without encryption.
    failed(new Error(t`This browser does not let the page copy: ${text}`))
  }
}
