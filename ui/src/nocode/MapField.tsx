import { ActionIcon, Group, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../language'
import { Body, type BodyProps } from './Body'
import { useEditing } from './editing'
import { withKey, withKeysSwapped } from './keys'
import { shownAs } from './looks'
import { RowActions } from './rows'
import { isMap, type Schema } from './schema'
import { fieldOf } from './shape'
import { beginOf } from './skeleton'
import { without, withText, withValue, type Path } from './text'
import { useDraft } from './useDraft'
import { inYaml } from './values'

/** Values by names that one makes up. */
export function MapField({ field, path, id, label, told, of }: BodyProps & { of: Schema }) {
  const { edit, definitions } = useEditing()
  const [fresh, setFresh] = useState<string>()
  const values = isMap(field.value) ? field.value : {}
  const keys = Object.keys(values)
  const add = (key: string) => {
    edit((source) => withText(source, [...path, key], inYaml(beginOf(of, source, definitions))))
    setFresh(key)
  }
  const move = (index: number) => (step: -1 | 1) => edit((source) => withKeysSwapped(source, path, keys[index] as string, keys[index + step] as string))
  return (
    <div role="group" aria-label={label} aria-describedby={told} className="form-list">
      {keys.map((key, index) => {
        const item = fieldOf(key, of, values[key], true, definitions)
        const look = shownAs(item, undefined)
        return (
          <div key={key} className="form-entry" data-wide={['list', 'map', 'object', 'variants'].includes(look.kind) || undefined}>
            <KeyName name={key} others={keys} path={[...path, key]} />
            <div className="form-row-value"><Body look={look} field={item} path={[...path, key]} id={`${id}-${index}`} label={key} told={undefined} isFresh={key === fresh} /></div>
            <RowActions
              name={key} isFirst={index === 0} isLast={index === keys.length - 1} onMove={move(index)}
              onRemove={() => edit((source) => (keys.length === 1 && !field.isRequired ? withValue(source, path, undefined) : without(source, [...path, key])))}
            />
          </div>
        )
      })}
      <NewKey id={id} label={label} taken={keys} onAdd={add} />
    </div>
  )
}

/** A name that can be changed; one that another has already is not taken. */
function KeyName({ name, others, path }: { name: string; others: readonly string[]; path: Path }) {
  const { edit } = useEditing()
  const [problem, setProblem] = useState<string>()
  const { text, set, leave } = useDraft(name, (typed) => {
    const next = typed.trim()
    const fault = !next ? t`A name is needed.` : next !== name && others.includes(next) ? t`This name is taken.` : undefined
    setProblem(fault)
    if (fault === undefined && next !== name) edit((source) => withKey(source, path, next))
    return fault === undefined
  }, Infinity)
  return <TextInput classNames={{ input: 'mono' }} className="form-key" aria-label={t`Name of ${name}`} value={text} error={problem} onChange={(event) => set(event.currentTarget.value)} onBlur={leave} onKeyDown={(event) => event.key === 'Enter' && leave()} />
}

function NewKey({ id, label, taken, onAdd }: { id: string; label: string; taken: readonly string[]; onAdd: (key: string) => void }) {
  const [text, setText] = useState('')
  const key = text.trim()
  const isTaken = taken.includes(key)
  const add = () => {
    if (!key || isTaken) return
    onAdd(key)
    setText('')
  }
  return (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <TextInput
        id={id} classNames={{ input: 'mono' }} w={200} value={text} placeholder={t`new name`} aria-label={t`New name in ${label}`} error={isTaken ? t`This name is taken.` : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          add()
        }}
      />
      <ActionIcon variant="subtle" size="md" aria-label={t`Add to ${label}`} disabled={!key || isTaken} onClick={add}><IconPlus size={14} /></ActionIcon>
    </Group>
  )
}
