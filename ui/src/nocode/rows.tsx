import { ActionIcon } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react'
import { t } from '../language'

interface Props {
  /** What the row is called, in the names of the buttons. */
  name: string
  isFirst: boolean
  isLast: boolean
  /** By one place, up or down. */
  onMove: (step: -1 | 1) => void
  onRemove: () => void
}

/** What can be done with a row of a list. */
export function RowActions({ name, isFirst, isLast, onMove, onRemove }: Props) {
  const common = { size: 'sm', variant: 'subtle', color: 'gray', c: 'inherit' } as const
  return (
    <span className="form-actions">
      <ActionIcon {...common} aria-label={t`Move ${name} up`} disabled={isFirst} onClick={() => onMove(-1)}><IconArrowUp size={14} /></ActionIcon>
      <ActionIcon {...common} aria-label={t`Move ${name} down`} disabled={isLast} onClick={() => onMove(1)}><IconArrowDown size={14} /></ActionIcon>
      <ActionIcon {...common} aria-label={t`Remove ${name}`} onClick={onRemove}><IconX size={14} /></ActionIcon>
    </span>
  )
}
