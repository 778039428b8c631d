import { Text } from '@mantine/core'
import { useState } from 'react'
import { digits, t } from '../language'
import { isEncrypted, MASK } from './secrets'
import { isFile, textOf } from './ValueTable'
import './tree.css'

interface Props {
  name: string
  value: unknown
  startsOpen?: boolean
  path?: readonly string[]
  onChoose: (path: readonly string[], value: unknown) => void
}

const SHOWN_ITEMS = 200
const SHOWN_CHARACTERS = 80

/** A value as a tree, of plain elements for there may be hundreds, that opens branch by branch; long lists stop after SHOWN_ITEMS and say so. */
export function ValueTree({ name, value, startsOpen = false, path = [], onChoose }: Props) {
  const [isOpen, setOpen] = useState(startsOpen)
  const items = childrenOf(value)
  return (
    <div>
      <div className="tree-row">
        {items.length > 0 ? (
          <button type="button" className="tree-fold" aria-label={isOpen ? t`Close ${name}` : t`Open ${name}`} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? '▾' : '▸'}
          </button>
        ) : (
          <span className="tree-fold" />
        )}
        <button type="button" className="cut" onClick={() => onChoose(path, value)} title={name}>
          {path.length ? name : <strong>{name}</strong>} <span className="mono">{summary(value, items.length)}</span>
        </button>
      </div>
      {isOpen && (
        <div style={{ paddingLeft: 16 }}>
          {items.slice(0, SHOWN_ITEMS).map(([key, item]) => (
            <ValueTree key={key} name={key} value={item} path={[...path, key]} onChoose={onChoose} />
          ))}
          {items.length > SHOWN_ITEMS && <Text size="xs" c="dimmed">{t`${digits(items.length - SHOWN_ITEMS)} more, in the value itself`}</Text>}
        </div>
      )}
    </div>
  )
}

function childrenOf(value: unknown): [string, unknown][] {
  return value !== null && typeof value === 'object' && !isEncrypted(value) ? Object.entries(value) : []
}

function summary(value: unknown, count: number): string {
  if (isEncrypted(value)) return MASK
  if (Array.isArray(value)) return `[${count}]`
  if (value !== null && typeof value === 'object') return count ? `{${count}}` : '{}'
  if (isFile(value)) return t`file`
  const text = textOf(value)
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
