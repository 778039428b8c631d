import { Button, Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { t } from '../language'

const ID = 'picture-edit'
const CLOSE = { 'aria-label': t`Close` }
const READ_MS = 30_000

/** Says what was done, with a way back for as long as nothing else is done. */
export function undoable(message: string, onUndo: () => void): void {
  withdraw()
  notifications.show({
    id: ID, color: 'tiercel', autoClose: READ_MS, closeButtonProps: CLOSE,
    message: (
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <span style={{ minWidth: 0, overflowWrap: 'anywhere' }}>{message}</span>
        <Button
          size="compact-xs" variant="default" style={{ flex: 'none' }}
          onClick={() => {
            withdraw()
            onUndo()
          }}
        >
          {t`Undo`}
        </Button>
      </Group>
    ),
  })
}

export function withdraw(): void {
  notifications.hide(ID)
}

/** Says why something was not done. */
export function refused(message: string): void {
  notifications.show({ title: t`That cannot be done`, message, color: 'red', autoClose: READ_MS, role: 'alert', closeButtonProps: CLOSE })
}
