import { Text } from '@mantine/core'
import { counted } from '../language'

/** How many values of a form are wrong. */
export function ToMend({ errors }: { errors: Readonly<Record<string, string>> }) {
  const count = Object.keys(errors).length
  if (!count) return null
  return <Text size="sm" c="var(--mantine-color-error)" role="alert">{counted(count, 'value to mend', 'values to mend')}</Text>
}
