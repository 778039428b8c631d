import { Group, Stack, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { t } from '../language'

interface Props {
  title: string
  crumbs?: ReactNode
  badge?: ReactNode
  children?: ReactNode
}

export function PageHead({ title, crumbs, badge, children }: Props) {
  useDocumentTitle(`${title} | Tiercel`)
  return (
    <Group justify="space-between" align="flex-end" gap="sm" mb="sm" mih={30}>
      <Stack gap={0} miw={0} maw="100%">
        {crumbs && (
          <Text component="nav" aria-label={t`Breadcrumb`} size="xs" c="dimmed">
            {crumbs}
          </Text>
        )}
        <Group gap="sm" wrap="wrap">
          <Title order={1} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          {badge}
        </Group>
      </Stack>
      <Group gap="xs" className="page-acts">{children}</Group>
    </Group>
  )
}
