import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { pluginsQuery } from '../api/plugins'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import type { Kind } from '../plugins/groups'
import { ranked, typesOf, type Choice } from './choices'
import './nocode.css'
import { useFlowSchema } from './useFlowSchema'

interface Props {
  kind: Kind
  onChoose: (type: string) => void
  onCancel?: () => void
}

/** All types of a kind, to search and choose from. */
export default function TypeChooser({ kind, ...rest }: Props) {
  const plugins = useQuery(pluginsQuery)
  const { schema, error } = useFlowSchema()
  const choices = useMemo(() => typesOf(plugins.data ?? [], kind, schema?.definitions ?? {}), [plugins.data, kind, schema])
  if (plugins.error || error) return <ErrorBox error={plugins.error ?? error} />
  if (!plugins.data || !schema) return <p aria-busy>{t`Loading …`}</p>
  return <ChoiceList choices={choices} {...rest} />
}

interface ListProps {
  choices: readonly Choice[]
  onChoose: (name: string) => void
  onCancel?: (() => void) | undefined
}

/** A list to search: the arrows mark, Enter takes what is marked, Escape leaves it be. */
export function ChoiceList({ choices, onChoose, onCancel }: ListProps) {
  const id = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLUListElement>(null)
  const found = useMemo(() => ranked(choices, text), [choices, text])
  const marked = Math.min(at, found.length - 1)
  useEffect(() => {
    list.current?.children[marked]?.scrollIntoView({ block: 'nearest' })
  }, [marked, found])
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key]
    const choice = found[marked]
    if (step) setAt(Math.max(0, Math.min(found.length - 1, marked + step)))
    else if (event.key === 'Enter' && choice) onChoose(choice.name)
    else if (event.key === 'Escape' && onCancel) onCancel()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="chooser">
      <TextInput
        data-autofocus autoFocus value={text} placeholder={t`Search types`} aria-label={t`Search types`} leftSection={<IconSearch size={14} />} onKeyDown={onKeyDown}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
        role="combobox" aria-expanded aria-controls={id} aria-activedescendant={found.length ? `${id}-${marked}` : undefined} autoComplete="off"
      />
      <ul ref={list} id={id} role="listbox" aria-label={t`Types`} tabIndex={-1}>
        {found.map((choice, index) => <Row key={choice.name} id={`${id}-${index}`} choice={choice} isMarked={index === marked} onChoose={onChoose} />)}
      </ul>
      {!found.length && <p className="form-quiet">{t`No type fits.`}</p>}
    </div>
  )
}

interface RowProps {
  id: string
  choice: Choice
  isMarked: boolean
  onChoose: (name: string) => void
}

function Row({ id, choice: { name, short, group, told, isOld }, isMarked, onChoose }: RowProps) {
  return (
    <li id={id} role="option" aria-selected={isMarked} title={name} onClick={() => onChoose(name)}>
      <span className="chooser-name">{short}</span> <span className="form-quiet mono">{group}</span>{isOld && <span className="form-quiet"> · {t`older`}</span>}
      {told && <div className="form-quiet">{told}</div>}
    </li>
  )
}
