import { Text } from '@mantine/core'

/** How many values of a form are wrong. */
export function ToMend({ errors }: { errors: Readonly<Record<string, string>> }) {
  const count = Object.keys(errors).length
  if (!count) return null
  return <Text size="sm" c="var(--mantine-color-error)" role="alert">{count === 1 ? 'One value to mend' : `${count} values to mend`}</Text>
}
