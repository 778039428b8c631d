import { notifications } from '@mantine/notifications'
import { ApiError } from '../api/client'
import { t } from '../language'

const CLOSE = { 'aria-label': t`Close` }

export function done(message: string): void {
  notifications.show({ message, color: 'tiercel', autoClose: 4000, closeButtonProps: CLOSE })
}

/** Errors stay until they are closed. */
export function failed(error: unknown): void {
  const hints = error instanceof ApiError ? [error.hint, ...error.problems.map((problem) => problem.hint)].filter(Boolean) : []
  const message = [error instanceof Error ? error.message : String(error), ...hints].join(' — ')
  notifications.show({ title: t`That did not work`, message, color: 'red', autoClose: false, role: 'alert', closeButtonProps: CLOSE })
}
