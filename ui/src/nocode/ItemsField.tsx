import { Button, UnstyledButton } from '@mantine/core'
import { IconChevronRight, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../language'
import type { BodyProps } from './Body'
import { variantChoices } from './choices'
import { useEditing } from './editing'
import { nameOf } from './places'
import { RowActions } from './rows'
import { isMap, shapesOf, variantOf, type Schema } from './schema'
import { skeletonFor, skeletonOfVariant } from './skeleton'
import { swapped, without, withItem } from './text'
import { ChoiceList } from './TypeChooser'

/** So many are drawn at a time. */
const ROWS = 100

/** Things that have forms of their own, such as tasks: each leads there. */
export function ItemsField({ field, path, id, label, told, of }: BodyProps & { of: Schema }) {
  const { edit, open, definitions } = useEditing()
  const [isChoosing, setChoosing] = useState(false)
  const [most, setMost] = useState(ROWS)
  const items: readonly unknown[] = Array.isArray(field.value) ? field.value : []
  const choice = shapesOf(of, definitions).find((shape) => shape.kind === 'variants')
  const put = (makeOf: (source: string) => string) => {
    setChoosing(false)
    edit((source) => withItem(source, path, items.length, makeOf(source)))
    open([...path, items.length])
  }
  const choose = (name: string) => {
    const chosen = choice && variantOf(choice.variants, { type: name })
    if (chosen) put((source) => skeletonOfVariant(chosen, source, definitions))
  }
  const add = () => (choice ? setChoosing(!isChoosing) : put((source) => skeletonFor(of, source, definitions)))
  const move = (index: number) => (step: -1 | 1) => edit((source) => swapped(source, [...path, index], [...path, index + step]))
  return (
    <div role="group" aria-label={label} aria-describedby={told} className="form-list">
      {items.slice(0, most).map((value, index) => (
        <div key={index} className="form-row">
          <ItemLine value={value} index={index} onOpen={() => open([...path, index])} />
          <RowActions name={nameOf(value, index)} isFirst={index === 0} isLast={index === items.length - 1} onMove={move(index)} onRemove={() => edit((source) => without(source, [...path, index]))} />
        </div>
      ))}
      {items.length > most && <Button variant="subtle" size="compact-xs" className="form-add" onClick={() => setMost(most + ROWS)}>{t`Show more of the ${items.length}`}</Button>}
      <Button id={id} variant="subtle" size="compact-xs" className="form-add" leftSection={<IconPlus size={13} />} aria-label={t`Add to ${label}`} aria-expanded={choice ? isChoosing : undefined} onClick={add}>{t`Add`}</Button>
      {isChoosing && choice && <ChoiceList choices={variantChoices(choice.variants)} onChoose={choose} onCancel={() => setChoosing(false)} />}
    </div>
  )
}

interface LineProps {
  id?: string
  value: unknown
  index: number | string
  onOpen: () => void
}

/** What an item is, in a line that leads to it. */
export function ItemLine({ id, value, index, onOpen }: LineProps) {
  const inner = isMap(value) && isMap(value.task) ? value.task : value
  const type = isMap(inner) && typeof inner.type === 'string' ? inner.type : undefined
  const name = nameOf(value, index)
  const short = type?.slice(type.lastIndexOf('.') + 1)
  const isOff = isMap(inner) && inner.disabled === true
  return (
    <UnstyledButton id={id} className="form-item" title={type} onClick={onOpen}>
      <span className="mono cut">{name}</span>
      {short && short !== name && <span className="form-quiet cut">{short}</span>}
      {isOff && <span className="form-note">{t`disabled`}</span>}
      <IconChevronRight size={14} />
    </UnstyledButton>
  )
}
