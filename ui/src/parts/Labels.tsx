import { Group } from '@mantine/core'
import type { Label } from '../api/types'
import { t } from '../language'

const HIDDEN = /^(system|internal)\./

interface Props {
  labels: readonly Label[] | undefined
  onPick?: (label: Label) => void
  showsHidden?: boolean
}

export function Labels({ labels = [], onPick, showsHidden = false }: Props) {
  const shown = showsHidden ? labels : labels.filter(({ key }) => !HIDDEN.test(key))
  if (!shown.length) return null
  return (
    <Group gap={4} wrap="wrap">
      {shown.map((label) => {
        const text = `${label.key}: ${label.value}`
        return onPick ? (
          <button type="button" key={text} className="label cut" title={t`Filter by ${text}`} onClick={() => onPick(label)}>
            {text}
          </button>
        ) : (
          <span key={text} className="label cut" title={text}>
            {text}
          </span>
        )
      })}
    </Group>
  )
}
