import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../language'
import { Body, type BodyProps } from './Body'
import { useEditing } from './editing'
import { shownAs } from './looks'
import { RowActions } from './rows'
import { isMap, type Schema } from './schema'
import { fieldOf, fieldsOf, isSmall, objectOf } from './shape'
import { beginOf } from './skeleton'
import { swapped, without, withItem, withValue, type Path } from './text'
import { inYaml } from './values'

interface SmallProps {
  of: Schema
  value: Record<string, unknown>
  path: Path
  id: string
  name: string
  isFresh: boolean
}

/** A map of a few values, such as a label, in one row. */
function SmallItem({ of, value, path, id, name, isFresh }: SmallProps) {
  const { definitions } = useEditing()
  return (
    <div className="form-small" role="group" aria-label={name}>
      {fieldsOf(objectOf(of, value, definitions), value, definitions).map((field, index) => (
        <div key={field.name} data-name={field.name}>
          <label htmlFor={`${id}-${field.name}`} className="form-quiet mono">{field.name}</label>
          <Body look={shownAs(field, undefined)} field={field} path={[...path, field.name]} id={`${id}-${field.name}`} label={`${field.name} · ${name}`} told={undefined} isFresh={isFresh && index === 0} />
        </div>
      ))}
    </div>
  )
}

/** Values one below the other. */
export function ListField({ field, path, id, label, told, of }: BodyProps & { of: Schema }) {
  const { edit, definitions } = useEditing()
  const [fresh, setFresh] = useState<number>()
  const items: readonly unknown[] = Array.isArray(field.value) ? field.value : []
  const add = () => {
    edit((source) => withItem(source, path, items.length, inYaml(beginOf(of, source, definitions))))
    setFresh(items.length)
  }
  const move = (index: number) => (step: -1 | 1) => edit((source) => swapped(source, [...path, index], [...path, index + step]))
  return (
    <div role="group" aria-label={label} aria-describedby={told} className="form-list">
      {items.map((value, index) => {
        const name = t`${label} ${index + 1}`
        const item = fieldOf(label, of, value, true, definitions)
        return (
          <div key={index} className="form-row">
            <div className="form-row-value">
              {isSmall(of, definitions) && isMap(value) ? <SmallItem of={of} value={value} path={[...path, index]} id={`${id}-${index}`} name={name} isFresh={index === fresh} /> : <Body look={shownAs(item, undefined)} field={item} path={[...path, index]} id={`${id}-${index}`} label={name} told={undefined} isFresh={index === fresh} onEnter={add} />}
            </div>
            <RowActions
              name={name} isFirst={index === 0} isLast={index === items.length - 1} onMove={move(index)}
              onRemove={() => edit((source) => (items.length === 1 && field.isRequired ? withValue(source, path, []) : without(source, [...path, index])))}
            />
          </div>
        )
      })}
      <Button id={items.length ? undefined : id} variant="subtle" size="compact-xs" className="form-add" leftSection={<IconPlus size={13} />} aria-label={t`Add to ${label}`} onClick={add}>{t`Add`}</Button>
    </div>
  )
}
