import { ActionIcon, Text, UnstyledButton } from '@mantine/core'
import { IconDotsVertical } from '@tabler/icons-react'
import { useId, type ComponentProps, type MouseEvent } from 'react'
import { t } from '../language'
import { bytes } from '../parts/FileLink'
import type { Chosen } from './FileTree'

export interface MenuAt {
  entry: Chosen
  x: number
  y: number
  /** What has the focus again when the menu is gone. */
  from: HTMLElement
}

interface Props extends Omit<ComponentProps<'div'>, 'onClick'> {
  entry: Chosen
  name: string
  size?: number | undefined
  isChosen: boolean
  isOpen?: boolean
  /** Something would be let go of into it. */
  isOver?: boolean
  onPress: () => void
  onMenu: (at: MenuAt) => void
  onDelete: () => void
  onRename: () => void
}

/** A file or a folder, with what can be done with it behind its dots and its right click. */
export function FileRow({ entry, name, size, isChosen, isOpen = false, isOver = false, onPress, onMenu, onDelete, onRename, ...others }: Props) {
  const id = useId()
  const ask = (event: MouseEvent<HTMLElement>) => {
    event.preventDefault()
    const row = event.currentTarget.closest('.file-row')?.querySelector<HTMLElement>('.file') ?? event.currentTarget
    // The keys for menus tell no place of the pointer.
    const place = event.type === 'contextmenu' && event.clientX > 0 ? { x: event.clientX, y: event.clientY } : below(event.currentTarget)
    onMenu({ entry, ...place, from: row })
  }
  return (
    <div className="file-row" data-chosen={isChosen || undefined} data-over={isOver || undefined} onContextMenu={ask} {...others}>
      <UnstyledButton
        id={id} className="file cut" fz="sm" title={entry.path} {...(entry.isFolder ? { 'aria-expanded': isOpen } : {})} onClick={onPress}
        onKeyDown={({ key }) => (key === 'Delete' ? onDelete() : key === 'F2' && onRename())}
      >
        {entry.isFolder ? (isOpen ? '▾ ' : '▸ ') : ''}{name} {size !== undefined && <Text span size="xs" c="dimmed">{bytes(size)}</Text>}
      </UnstyledButton>
      <ActionIcon className="file-more" variant="subtle" size="sm" c="dimmed" aria-haspopup="menu" aria-label={t`More`} aria-describedby={id} onClick={ask}>
        <IconDotsVertical size={14} aria-hidden />
      </ActionIcon>
    </div>
  )
}

function below(element: HTMLElement) {
  const { left, bottom } = element.getBoundingClientRect()
  return { x: left, y: bottom }
}
