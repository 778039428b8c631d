import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { t } from '../language'
import { Body } from './Body'
import { useEditing } from './editing'
import { Hint } from './Hint'
import { shownAs, waysOf, type Way } from './looks'
import { isSet, type Field, type Look } from './shape'
import { withValue, type Path } from './text'

interface Props {
  field: Field
  /** Of the map that has it. */
  path: Path
}

/** A property: its name, what it is, what it may be instead, and what is said of it. */
export function FieldRow({ field, path }: Props) {
  const { edit, locked, base } = useEditing()
  const id = useId()
  const [wanted, setWanted] = useState<Look>()
  const look = shownAs(field, wanted)
  const isLocked = path.length === base.length && locked.includes(field.name)
  const at = [...path, field.name]
  const take = ({ look: next, value }: Way) => {
    setWanted(next)
    if (value !== undefined) edit((source) => withValue(source, at, value))
  }
  const remove = () => {
    setWanted(undefined)
    edit((source) => withValue(source, at, undefined))
  }
  return (
    <div className="form-field" data-name={field.name}>
      <div className="form-head">
        <label id={`${id}-name`} htmlFor={id} className="mono" data-deprecated={field.isDeprecated || undefined}>{field.name}</label>
        {field.isRequired && <span className="form-required" title={t`required`}>*</span>}
        <Notes field={field} look={look} isLocked={isLocked} />
        {!isLocked && <Ways name={field.name} ways={waysOf(field, look)} onTake={take} onForm={wanted && (() => setWanted(undefined))} onRemove={isSet(field.value) && !isIdentity(field) ? remove : undefined} />}
      </div>
      <Body look={look} field={field} path={at} id={id} label={field.name} told={field.description ? `${id}-told` : undefined} isLocked={isLocked} />
      <Hint id={`${id}-told`} text={field.description} />
    </div>
  )
}

const isIdentity = ({ name, isRequired }: Field) => isRequired && (name === 'id' || name === 'type')

function Notes({ field, look, isLocked }: { field: Field; look: Look; isLocked: boolean }) {
  const notes = [
    !field.isKnown && t`unknown to this type`,
    field.isDeprecated && t`deprecated`,
    isLocked && t`cannot be changed`,
    field.isKnown && look.kind === 'yaml' && t`YAML`,
    look.kind === 'expression' && t`expression`,
  ].filter((note) => note !== false)
  return notes.length ? <span className="form-note">{notes.join(', ')}</span> : null
}

interface WaysProps {
  name: string
  ways: readonly Way[]
  onTake: (way: Way) => void
  onForm: (() => void) | undefined
  onRemove: (() => void) | undefined
}

function Ways({ name, ways, onTake, onForm, onRemove }: WaysProps) {
  if (!ways.length && !onForm && !onRemove) return null
  return (
    <Menu position="bottom-end" withinPortal keepMounted={false}>
      <Menu.Target>
        <ActionIcon ml="auto" size="sm" variant="subtle" color="gray" c="inherit" aria-label={t`More for ${name}`}><IconDots size={14} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {onForm && <Menu.Item onClick={onForm}>{t`As a form`}</Menu.Item>}
        {ways.map((way) => <Menu.Item key={way.label} onClick={() => onTake(way)}>{way.label}</Menu.Item>)}
        {onRemove && <Menu.Item onClick={onRemove}>{t`Remove`}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  )
}
