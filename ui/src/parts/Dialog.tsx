import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { t } from '../language'
import { ErrorBox } from './ErrorBox'
import { useFocusBack } from './useFocusBack'

interface Props {
  title: string
  verb: string
  onConfirm: () => void
  onClose: () => void
  isBusy?: boolean
  isOff?: boolean
  /** For what cannot be undone. */
  isGrave?: boolean
  error?: unknown
  /** What stands beside the buttons, such as how many values are to be mended. */
  note?: ReactNode
  children: ReactNode
}

/** A question with its fields; what the server refuses stays in it. */
export function Dialog({ title, verb, onConfirm, onClose, isBusy = false, isOff = false, isGrave = false, error, note, children }: Props) {
  useFocusBack()
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text fw={600} style={{ overflowWrap: 'anywhere' }}>{title}</Text>}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!isBusy && !isOff) onConfirm()
        }}
        noValidate
      >
        <Stack gap="sm">{children}</Stack>
        <div style={{ marginTop: 12 }}><ErrorBox error={error} /></div>
        <Group justify="flex-end" gap="sm" className="dialog-foot">
          {note}
          <Button variant="default" onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" loading={isBusy} disabled={isOff} {...(isGrave ? { color: 'red.8' } : {})}>{verb}</Button>
        </Group>
      </form>
    </Modal>
  )
}
