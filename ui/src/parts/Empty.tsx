import { Button, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  what: string
  isFiltered?: boolean
  onClear?: () => void
  children?: ReactNode
}

/** No data, and filters that hide all of it, are told apart. */
export function Empty({ what, isFiltered = false, onClear, children }: Props) {
  return (
    <Stack align="center" gap="xs" py="xl" ta="center">
      <Text c="dimmed">{isFiltered ? `No ${what} fit these filters.` : `No ${what} yet.`}</Text>
      {isFiltered && onClear && (
        <Button variant="default" onClick={onClear}>
          Clear filters
        </Button>
      )}
      {!isFiltered && children}
    </Stack>
  )
}
