import { Group, Text, Title } from '@mantine/core'
import { useId, type ReactNode } from 'react'

interface Props {
  title: string
  hint?: ReactNode
  /** What stands beside the title. */
  side?: ReactNode
  children: ReactNode
}

export function Section({ title, hint, side, children }: Props) {
  const id = useId()
  return (
    <section className="panel settings-section" aria-labelledby={id}>
      <Group justify="space-between" gap="xs" mb={4}>
        <Title order={2} id={id}>{title}</Title>
        {side}
      </Group>
      {hint && <Text size="sm" c="dimmed" mb="xs">{hint}</Text>}
      {children}
    </section>
  )
}
