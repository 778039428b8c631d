import { Button, Group, NativeSelect, Switch, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight, IconPlus } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { t } from '../language'
import type { BodyProps } from './Body'
import { variantChoices } from './choices'
import { useEditing } from './editing'
import { Fields } from './Fields'
import { ItemLine } from './ItemsField'
import { isMap, variantOf, type Schema, type Variant } from './schema'
import { skeletonFor, skeletonOfVariant } from './skeleton'
import { withText, withValue } from './text'
import { ChoiceList } from './TypeChooser'

const FEW = 8
const TYPE = ['type'] as const

interface FoldProps {
  label: string
  isOpen: boolean
  onOpen: (isOpen: boolean) => void
  note: string
  children: ReactNode
}

function Fold({ label, isOpen, onOpen, note, children }: FoldProps) {
  return (
    <div className="form-nested">
      <UnstyledButton className="form-fold" aria-expanded={isOpen} aria-label={`${label}: ${note}`} onClick={() => onOpen(!isOpen)}>
        {isOpen ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />} <span className="form-quiet">{note}</span>
      </UnstyledButton>
      {isOpen && <div className="form-inner">{children}</div>}
    </div>
  )
}

const told = (value: unknown) => (isMap(value) ? Object.keys(value).filter((name) => name !== 'type').join(', ') || t`nothing set` : t`not set`)

/** Whether there is anything to say besides the type. */
const hasMore = (object: Schema | undefined, value: unknown) => [...Object.keys(object?.properties ?? {}), ...Object.keys(isMap(value) ? value : {})].some((name) => name !== 'type')

/** A map with properties of its own, folded until it is wanted. One that needs some of them is there or not: a switch. */
export function ObjectField({ field, path, id, label, told: toldBy, isLocked = false, object }: BodyProps & { object: Schema }) {
  const { edit, definitions } = useEditing()
  const [isOpen, setOpen] = useState(isMap(field.value))
  const isOptional = !field.isRequired && (object.required?.length ?? 0) > 0
  const isThere = isMap(field.value)
  const turn = (isOn: boolean) => {
    setOpen(isOn)
    edit((source) => (isOn ? withText(source, path, skeletonFor(field.schema, source, definitions)) : withValue(source, path, undefined)))
  }
  return (
    <>
      {isOptional && <Switch id={id} mb={4} aria-label={label} aria-describedby={toldBy} checked={isThere} disabled={isLocked} label={<span className="form-quiet">{isThere ? t`set` : t`not set`}</span>} onChange={(event) => turn(event.currentTarget.checked)} />}
      {(isThere || !isOptional) && (
        <Fold label={label} isOpen={isOpen} onOpen={setOpen} note={told(field.value)}><Fields object={object} value={field.value} path={path} /></Fold>
      )}
    </>
  )
}

/** One of several maps: which one, and its properties. */
export function VariantField({ field, path, id, label, told: toldBy, variants }: BodyProps & { variants: readonly Variant[] }) {
  const { edit, definitions } = useEditing()
  const [isOpen, setOpen] = useState(isMap(field.value))
  const variant = variantOf(variants, field.value)
  const type = isMap(field.value) ? String(field.value.type ?? '') : ''
  const choose = (name: string) => {
    const chosen = variants.find((one) => one.name === name)
    setOpen(true)
    edit((source) => {
      if (!chosen) return withValue(source, path, undefined)
      return isMap(field.value) ? withValue(source, [...path, 'type'], name) : withText(source, path, skeletonOfVariant(chosen, source, definitions))
    })
  }
  return (
    <>
      <VariantChoice id={id} label={label} told={toldBy} variants={variants} type={variant?.name ?? type} isRequired={field.isRequired} onChoose={choose} />
      {isMap(field.value) && hasMore(variant?.schema, field.value) && <Fold label={label} isOpen={isOpen} onOpen={setOpen} note={told(field.value)}><Fields object={variant?.schema} value={field.value} path={path} hidden={TYPE} /></Fold>}
    </>
  )
}

interface ChoiceProps {
  id: string
  label: string
  told: string | undefined
  variants: readonly Variant[]
  type: string
  isRequired: boolean
  /** Empty for none. */
  onChoose: (name: string) => void
}

const short = (name: string) => name.slice(name.lastIndexOf('.') + 1)

function VariantChoice({ id, label, told: toldBy, variants, type, isRequired, onChoose }: ChoiceProps) {
  const [isChoosing, setChoosing] = useState(false)
  const take = (name: string) => {
    setChoosing(false)
    onChoose(name)
  }
  if (variants.length <= FEW) {
    const names = [...new Set([...variants.map(({ name }) => name), ...(type ? [type] : [])])]
    const none = isRequired && type ? [] : [{ value: '', label: t`none` }]
    return (
      <NativeSelect
        id={id} size="xs" w={{ base: '100%', xs: 320 }} aria-label={t`Type of ${label}`} aria-describedby={toldBy} value={type} onChange={(event) => take(event.currentTarget.value)}
        data={[...none, ...names.map((name) => ({ value: name, label: short(name) }))]}
      />
    )
  }
  return (
    <>
      <Group gap="xs">
        {type && <span className="mono" title={type}>{short(type)}</span>}
        <Button id={id} variant="default" size="compact-xs" aria-expanded={isChoosing} aria-label={t`Choose the type of ${label}`} onClick={() => setChoosing(!isChoosing)}>{type ? t`Change` : t`Choose`}</Button>
        {type && !isRequired && <Button variant="subtle" size="compact-xs" onClick={() => take('')}>{t`Remove`}</Button>}
      </Group>
      {isChoosing && <ChoiceList choices={variantChoices(variants)} onChoose={take} onCancel={() => setChoosing(false)} />}
    </>
  )
}

/** One task that another has: it leads to its own form. */
export function NamedField({ field, path, id, label, variants }: BodyProps & { variants: readonly Variant[] }) {
  const { edit, open, definitions } = useEditing()
  const [isChoosing, setChoosing] = useState(false)
  const choose = (name: string) => {
    const chosen = variants.find((one) => one.name === name)
    setChoosing(false)
    if (!chosen) return
    edit((source) => withText(source, path, skeletonOfVariant(chosen, source, definitions)))
    open(path)
  }
  if (isMap(field.value)) {
    return <div className="form-row"><ItemLine id={id} value={field.value} index={label} onOpen={() => open(path)} /></div>
  }
  return (
    <>
      <Button id={id} variant="subtle" size="compact-xs" className="form-add" leftSection={<IconPlus size={13} />} aria-label={t`Add to ${label}`} aria-expanded={isChoosing} onClick={() => setChoosing(!isChoosing)}>{t`Add`}</Button>
      {isChoosing && <ChoiceList choices={variantChoices(variants)} onChoose={choose} onCancel={() => setChoosing(false)} />}
    </>
  )
}
