import { Text, Title } from '@mantine/core'
import { useId, type ReactNode } from 'react'

interface Props {
  title: string
  hint?: ReactNode
  children: ReactNode
}

export function Section({ title, hint, children }: Props) {
  const id = useId()
  return (
    <section className="panel settings-section" aria-labelledby={id}>
      <Title order={2} id={id}>{title}</Title>
      {hint && <Text size="sm" c="dimmed" mb="xs">{hint}</Text>}
      {children}
    </section>
  )
}
