import { Autocomplete, FileInput, Input, MultiSelect, PasswordInput, Radio, SegmentedControl, Select, Stack, TagsInput, Textarea, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import type { InputSpec } from '../api/types'
import { t } from '../language'
import { Markdown } from '../parts/Markdown'
import { milliseconds, readable } from '../parts/durations'
import { CodeInput } from './CodeInput'
import { asText, choicesOf, isExpression, isStored, type InputValue } from './values'

interface Props {
  spec: InputSpec
  value: InputValue
  error: string | undefined
  choices?: string[] | undefined
  onChange: (value: InputValue) => void
}

interface Common {
  id: string
  label: string
  description: ReactNode
  error: string | undefined
  withAsterisk: boolean
  placeholder?: string
}

/** The widget that fits an input's type. Names and descriptions are text, whatever they hold. */
export function InputField({ spec, value, error, choices, onChange }: Props) {
  const common: Common = {
    id: `input-${spec.id}`,
    label: spec.displayName ?? spec.id,
    description: spec.description && <Markdown text={spec.description} isInline />,
    error,
    withAsterisk: spec.required !== false && spec.defaults === undefined,
    ...(isExpression(spec.defaults) ? { placeholder: spec.defaults } : {}),
  }
  const text = typeof value === 'string' ? value : ''
  switch (spec.type) {
    case 'BOOLEAN':
    case 'BOOL':
      return <Truth common={common} value={text} isOptional={spec.required === false || isExpression(spec.defaults)} onChange={onChange} />
    case 'SELECT':
    case 'ENUM':
      return <Choice common={common} spec={spec} value={text} choices={choices} onChange={onChange} />
    case 'MULTISELECT':
      return <Several common={common} spec={spec} value={value} choices={choices} onChange={onChange} />
    case 'FILE':
      return <Upload common={common} value={value} onChange={onChange} />
    case 'JSON':
    case 'ARRAY':
    case 'YAML':
      return <CodeInput {...common} placeholder={common.placeholder ?? EXAMPLES[spec.type]} value={text} onChange={onChange} />
    case 'SECRET':
      return <PasswordInput {...common} size="xs" autoComplete="off" value={text} onChange={(event) => onChange(event.currentTarget.value)} visibilityToggleButtonProps={{ 'aria-label': t`Show the secret` }} />
    case 'DURATION':
      return <Length common={common} value={text} onChange={onChange} />
    case 'STRING':
      return <Textarea {...common} size="xs" autosize minRows={1} maxRows={8} value={text} onChange={(event) => onChange(event.currentTarget.value)} />
    default:
      return <TextInput {...common} {...WIDGETS[spec.type]} {...limits(spec)} value={text} onChange={(event) => onChange(event.currentTarget.value)} />
  }
}

const WIDGETS: Record<string, object> = {
  INT: { type: 'number', step: 1 },
  FLOAT: { type: 'number', step: 'any' },
  DATE: { type: 'date' },
  DATETIME: { type: 'datetime-local', step: 1 },
  TIME: { type: 'time', step: 1 },
  EMAIL: { type: 'email' },
  URI: { placeholder: 'https://…' },
}

const EXAMPLES: Record<string, string> = { ARRAY: '["a", "b"]', JSON: '{"key": "value"}', YAML: 'key: value' }

const limits = ({ min, max }: InputSpec) => ({ ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) })

interface Part {
  common: Common
  onChange: (value: InputValue) => void
}

function Truth({ common, value, isOptional, onChange }: Part & { value: string; isOptional: boolean }) {
  const data = [{ value: 'true', label: 'true' }, { value: 'false', label: 'false' }]
  const { placeholder: _, ...wrapper } = common
  return (
    <Input.Wrapper {...wrapper} labelElement="div" size="xs">
      <div>
        <SegmentedControl
          size="xs" aria-label={common.label} value={value} data={isOptional ? [...data, { value: '', label: 'undefined' }] : data}
          onChange={(next) => onChange(next === '' ? undefined : next)}
        />
      </div>
    </Input.Wrapper>
  )
}

function Upload({ common, value, onChange }: Part & { value: InputValue }) {
  const kept = isStored(value) ? t`The same as before: ${value.slice(value.lastIndexOf('/') + 1)}` : undefined
  return (
    <FileInput
      {...common} size="xs" clearable value={value instanceof File ? value : null} placeholder={kept ?? common.placeholder ?? t`Choose a file`}
      clearButtonProps={{ 'aria-label': t`Clear` }} onChange={(file) => onChange(file ?? undefined)}
    />
  )
}

function Length({ common, value, onChange }: Part & { value: string }) {
  const ms = milliseconds(value.trim())
  return (
    <TextInput
      {...common} placeholder={common.placeholder ?? 'PT5M, P1DT2H'} value={value} rightSectionWidth={90}
      rightSection={ms === undefined ? undefined : <span style={{ fontSize: 12, color: 'var(--mantine-color-dimmed)' }}>{readable(ms)}</span>}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

interface ChoiceProps extends Part {
  spec: InputSpec
  choices: string[] | undefined
}

function Choice({ common, spec, value, choices, onChange }: ChoiceProps & { value: string }) {
  const data = choices?.map((item) => ({ value: item, label: item })) ?? choicesOf(spec)
  if (spec.isRadio) {
    return (
      <Radio.Group {...common} size="xs" value={value} onChange={onChange}>
        <Stack gap={4} mt={4}>{data.map((item) => <Radio key={item.value} size="xs" {...item} />)}</Stack>
      </Radio.Group>
    )
  }
  if (spec.allowCustomValue) return <Autocomplete {...common} size="xs" value={value} data={data.map((item) => item.value)} onChange={onChange} />
  return (
    <Select
      {...common} value={value || null} data={data} searchable clearable={spec.required === false} clearButtonProps={{ 'aria-label': t`Clear` }}
      onChange={(next) => onChange(next ?? undefined)}
    />
  )
}

function Several({ common, spec, value, choices, onChange }: ChoiceProps & { value: InputValue }) {
  const chosen = Array.isArray(value) ? value.map(asText) : []
  const data = choices ?? choicesOf(spec).map((item) => item.value)
  if (spec.allowCustomValue) return <TagsInput {...common} size="xs" value={chosen} data={data} onChange={onChange} />
  return <MultiSelect {...common} value={chosen} data={data} searchable onChange={onChange} />
}
