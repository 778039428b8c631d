import { NativeSelect, Switch, Textarea, TextInput, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { t } from '../language'
import { Markdown } from '../parts/Markdown'
import type { BodyProps } from './Body'
import { useEditing } from './editing'
import { IdField } from './IdField'
import { isLong } from './shape'
import { withValue } from './text'
import { useChosen, useDraft } from './useDraft'
import { numberIn, placeholderOf, writtenScalar } from './values'

const MOST_LINES = 24
export const linesOf = (text: string, fewest: number) => Math.min(Math.max(text.split('\n').length, fewest), MOST_LINES)

/** Takes a property away that may be missing and is left empty. */
const emptied = (isRequired: boolean, text: string) => (text === '' && !isRequired ? undefined : text)

export function TextField(props: BodyProps) {
  const { field, label } = props
  if (field.name === 'id' && field.isRequired) return <IdField {...props} />
  return isLong(label, field.value) ? <LongText {...props} /> : <ShortText {...props} />
}

function useText({ field, path }: BodyProps) {
  const { edit } = useEditing()
  return useDraft(writtenScalar(field.value), (text) => edit((source) => withValue(source, path, emptied(field.isRequired, text))))
}

function ShortText(props: BodyProps) {
  const { field, id, label, told, isLocked = false, isFresh = false, onEnter } = props
  const { text, set, leave } = useText(props)
  return (
    <TextInput
      id={id} classNames={{ input: 'mono' }} aria-label={label} aria-describedby={told} aria-required={field.isRequired} value={text} placeholder={placeholderOf(field)}
      readOnly={isLocked} data-locked={isLocked || undefined} autoFocus={isFresh} onChange={(event) => set(event.currentTarget.value)} onBlur={leave}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return
        leave()
        onEnter?.()
      }}
    />
  )
}

/** Grows with its text; a description can be seen as it will be shown. */
function LongText(props: BodyProps) {
  const { field, id, label, told, isLocked = false, isFresh = false } = props
  const { text, set, leave } = useText(props)
  const [isPreview, setPreview] = useState(false)
  const isMarkdown = label === 'description'
  return (
    <>
      <Textarea
        id={id} size="xs" classNames={{ input: 'mono' }} aria-label={label} aria-describedby={told} aria-required={field.isRequired} value={text} placeholder={placeholderOf(field)}
        disabled={isLocked} autoFocus={isFresh} rows={linesOf(text, isMarkdown ? 2 : 3)} spellCheck={isMarkdown} onChange={(event) => set(event.currentTarget.value)} onBlur={leave}
      />
      {isMarkdown && text && <UnstyledButton className="form-link" aria-expanded={isPreview} onClick={() => setPreview(!isPreview)}>{isPreview ? t`Hide the preview` : t`Preview`}</UnstyledButton>}
      {isMarkdown && isPreview && text && <div className="form-preview"><Markdown text={text} /></div>}
    </>
  )
}

/** A number, or where that may be an expression. */
export function NumberField({ field, path, id, label, told, isLocked = false, isFresh = false }: BodyProps) {
  const { edit } = useEditing()
  const [problem, setProblem] = useState<string>()
  const { text, set, leave } = useDraft(writtenScalar(field.value), (typed) => {
    const read = numberIn(typed, field)
    setProblem(read.problem)
    if (read.problem === undefined) edit((source) => withValue(source, path, read.value))
    return read.problem === undefined
  })
  return (
    <TextInput
      id={id} classNames={{ input: 'mono' }} inputMode="decimal" aria-label={label} aria-describedby={told} aria-required={field.isRequired} value={text} error={problem}
      placeholder={placeholderOf(field)} disabled={isLocked} autoFocus={isFresh} w={{ base: '100%', xs: 220 }} onChange={(event) => set(event.currentTarget.value)} onBlur={leave}
    />
  )
}

export function SwitchField({ field, path, id, label, told, isLocked = false }: BodyProps) {
  const { edit } = useEditing()
  const [value, choose] = useChosen<unknown>(field.value, (next) => edit((source) => withValue(source, path, next)))
  const isOn = (value ?? field.default) === true
  return (
    <Switch
      id={id} aria-label={label} aria-describedby={told} checked={isOn} disabled={isLocked} label={value === undefined ? <span className="form-quiet">{t`not set`}</span> : String(isOn)}
      onChange={(event) => choose(event.currentTarget.checked)}
    />
  )
}

export function ChoiceField({ field, path, id, label, told, isLocked = false, values }: BodyProps & { values: readonly unknown[] }) {
  const { edit } = useEditing()
  const none = field.default === undefined ? '' : t`${String(field.default)} (default)`
  const data = values.map((one) => ({ value: String(one), label: String(one) }))
  const [value, choose] = useChosen<unknown>(field.value, (next) => edit((source) => withValue(source, path, next)))
  const isOpen = !field.isRequired || !values.includes(field.value)
  return (
    <NativeSelect
      id={id} size="xs" aria-label={label} aria-describedby={told} value={value === undefined || value === null ? '' : String(value)} disabled={isLocked} w={{ base: '100%', xs: 320 }}
      data={isOpen ? [{ value: '', label: none }, ...data] : data}
      onChange={(event) => {
        const chosen = event.currentTarget.value
        choose(values.find((one) => String(one) === chosen))
      }}
    />
  )
}

/** An expression where usually something else stands; what is no expression is read as that. */
export function ExpressionField({ field, path, id, label, told, isLocked = false }: BodyProps) {
  const { edit } = useEditing()
  const { text, set, leave } = useDraft(writtenScalar(field.value), (typed) => edit((source) => withValue(source, path, readScalar(typed, field))))
  return (
    <TextInput
      id={id} classNames={{ input: 'mono' }} aria-label={label} aria-describedby={told} value={text} placeholder="{{ … }}" disabled={isLocked}
      onChange={(event) => set(event.currentTarget.value)} onBlur={leave}
    />
  )
}

function readScalar(typed: string, field: BodyProps['field']): unknown {
  if (typed === '') return emptied(field.isRequired, '')
  if (field.shapes.some(({ kind }) => kind === 'switch') && (typed === 'true' || typed === 'false')) return typed === 'true'
  const read = field.shapes.some(({ kind }) => kind === 'number') ? numberIn(typed, field) : { value: typed }
  return read.value ?? typed
}
