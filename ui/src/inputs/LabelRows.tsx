import { ActionIcon, Button, Group, Stack, TextInput } from '@mantine/core'
import type { Label } from '../api/types'
import { t } from '../language'

interface Props {
  labels: readonly Label[]
  onChange: (labels: Label[]) => void
}

export function LabelRows({ labels, onChange }: Props) {
  const set = (index: number, change: Partial<Label>) =>
    onChange(labels.map((label, position) => (position === index ? { ...label, ...change } : label)))
  return (
    <Stack gap={6} align="flex-start">
      {labels.map(({ key, value }, index) => (
        <Group key={index} gap={6} wrap="nowrap">
          <TextInput aria-label={t`Key of label ${index + 1}`} placeholder={t`key`} value={key} onChange={(event) => set(index, { key: event.currentTarget.value })} />
          <TextInput aria-label={t`Value of label ${index + 1}`} placeholder={t`value`} value={value} onChange={(event) => set(index, { value: event.currentTarget.value })} />
          <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={t`Remove label ${index + 1}`} onClick={() => onChange(labels.filter((_, position) => position !== index))}>
            ×
          </ActionIcon>
        </Group>
      ))}
      <Button variant="subtle" size="compact-xs" ml={-8} onClick={() => onChange([...labels, { key: '', value: '' }])}>
        {t`Add a label`}
      </Button>
    </Stack>
  )
}

export const filled = (labels: readonly Label[]) => labels.filter(({ key, value }) => key.trim() && value.trim())
