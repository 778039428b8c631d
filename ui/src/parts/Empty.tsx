import { Button, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { t } from '../language'

/** What is said where there is nothing at all, and where filters hide it: whole sentences, as other languages bend the word in them. */
const SAID = {
  charts: [t`No charts yet.`, t`No charts fit these filters.`],
  databases: [t`No databases yet.`, t`No databases fit these filters.`],
  examples: [t`No examples yet.`, t`No examples fit these filters.`],
  executions: [t`No executions yet.`, t`No executions fit these filters.`],
  flows: [t`No flows yet.`, t`No flows fit these filters.`],
  'key-value pairs': [t`No key-value pairs yet.`, t`No key-value pairs fit these filters.`],
  'log lines': [t`No log lines yet.`, t`No log lines fit these filters.`],
  metrics: [t`No metrics yet.`, t`No metrics fit these filters.`],
  namespaces: [t`No namespaces yet.`, t`No namespaces fit these filters.`],
  'plugin defaults': [t`No plugin defaults yet.`, t`No plugin defaults fit these filters.`],
  processes: [t`No processes yet.`, t`No processes fit these filters.`],
  secrets: [t`No secrets yet.`, t`No secrets fit these filters.`],
  sources: [t`No sources yet.`, t`No sources fit these filters.`],
  triggers: [t`No triggers yet.`, t`No triggers fit these filters.`],
  types: [t`No types yet.`, t`No types fit these filters.`],
} as const

interface Props {
  what: keyof typeof SAID
  isFiltered?: boolean
  onClear?: () => void
  children?: ReactNode
}

/** No data, and filters that hide all of it, are told apart. */
export function Empty({ what, isFiltered = false, onClear, children }: Props) {
  return (
    <Stack align="center" gap="xs" py="xl" ta="center">
      <Text c="dimmed">{SAID[what][isFiltered ? 1 : 0]}</Text>
      {isFiltered && onClear && (
        <Button variant="default" onClick={onClear}>
          {t`Clear filters`}
        </Button>
      )}
      {!isFiltered && children}
    </Stack>
  )
}
