import type { InputSpec, Label } from '../api/types'
import { t } from '../language'

/** What stands in a form: text as the API reads it, several choices, or a file. */
export type InputValue = string | readonly string[] | File | undefined
export type InputValues = Readonly<Record<string, InputValue>>

const EXPRESSION = /\{\{|\{%/

/** Defaults that are expressions are the server's to render: the field stays empty and shows them as a hint. */
export const isExpression = (value: unknown): value is string => typeof value === 'string' && EXPRESSION.test(value)

export function asText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function initialValue(spec: InputSpec, given: unknown): InputValue {
  const value = given ?? spec.prefill ?? spec.defaults
  if (value === undefined || value === null || isExpression(value)) return undefined
  if (spec.type === 'MULTISELECT') return Array.isArray(value) ? value.map(asText) : [asText(value)]
  if (spec.type === 'FILE') return isStored(given) ? given : undefined
  if (spec.type === 'DATETIME') return localOf(asText(value))
  return asText(value)
}

/** A file of internal storage: an execution that ran before has it, and it may be given once more. */
export const isStored = (value: unknown): value is string => typeof value === 'string' && value.startsWith('kestra:///')

/** An instant as the widget writes it: in the time of the browser, without a zone. */
function localOf(instant: string): string {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return instant
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

/** The inputs of an execution as a form may begin with them: secrets are never shown, so they are typed again. */
export function givenBy(specs: readonly InputSpec[], inputs: Record<string, unknown> = {}): Record<string, unknown> {
  const secret = new Set(specs.filter(({ type }) => type === 'SECRET').map(({ id }) => id))
  return Object.fromEntries(Object.entries(inputs).filter(([id]) => !secret.has(id)))
}

/** What a form begins with: `given`, e.g. by a trigger, over the defaults of the flow. */
export function initialValues(specs: readonly InputSpec[], given: Record<string, unknown> = {}): InputValues {
  return Object.fromEntries(specs.map((spec) => [spec.id, initialValue(spec, given[spec.id])]))
}

export interface Choice {
  value: string
  label: string
}

export function choicesOf({ values = [] }: InputSpec): Choice[] {
  return values.map((item) => {
    if (typeof item !== 'object') return { value: String(item), label: String(item) }
    const value = item.id ?? item.value ?? ''
    return { value, label: item.label ?? value }
  })
}

/** Only what was touched or cannot be left out is sent: the rest is the server's default. */
export function partsOf(specs: readonly InputSpec[], values: InputValues, touched: ReadonlySet<string>): [string, string | File][] {
  const parts: [string, string | File][] = []
  for (const { id, type } of specs) {
    const value = values[id]
    if (!touched.has(id) || value === undefined) continue
    if (value instanceof File) parts.push([id, value])
    else if (typeof value !== 'string') parts.push([id, JSON.stringify(value)])
    else if (value !== '' || type === 'STRING') parts.push([id, type === 'DATETIME' ? utc(value) : value])
  }
  return parts
}

/** The widget knows the local time only; the server wants an instant. */
function utc(local: string): string {
  const date = new Date(local)
  return Number.isNaN(date.getTime()) ? local : date.toISOString()
}

export function formOf(parts: readonly [string, string | File][]): FormData {
  const form = new FormData()
  for (const [id, value] of parts) {
    if (value instanceof File) form.append(id, value, value.name)
    else form.append(id, value)
  }
  return form
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

interface Call {
  origin: string
  namespace: string
  flowId: string
  specs: readonly InputSpec[]
  parts: readonly [string, string | File][]
  labels: readonly Label[]
}

/** The same start as a command; secrets and files are left as places to fill. */
export function curlOf({ origin, namespace, flowId, specs, parts, labels }: Call): string {
  const query = labels.map(({ key, value }) => `labels=${encodeURIComponent(`${key}:${value}`)}`).join('&')
  const url = `${origin}/api/v1/executions/${encodeURIComponent(namespace)}/${encodeURIComponent(flowId)}${query ? `?${query}` : ''}`
  const types = new Map(specs.map(({ id, type }) => [id, type]))
  const fields = parts.map(([id, value]) => {
    if (value instanceof File) return `-F ${quoted(`files=@${value.name};filename=${id}`)}`
    return `-F ${quoted(`${id}=${types.get(id) === 'SECRET' ? '<secret>' : value}`)}`
  })
  return ['curl -X POST', ...fields, quoted(url)].join(' \\\n  ')
}

/** The same start for a terminal. */
export function cliOf({ namespace, flowId, specs, parts, labels }: Omit<Call, 'origin'>): string {
  const types = new Map(specs.map(({ id, type }) => [id, type]))
  const inputs = parts.map(([id, value]) => {
    const shown = value instanceof File ? `@${value.name}` : types.get(id) === 'SECRET' ? '<secret>' : value
    return `--input ${quoted(`${id}=${shown}`)}`
  })
  const named = labels.map(({ key, value }) => `--label ${quoted(`${key}=${value}`)}`)
  return [`tiercel executions start ${word(namespace)} ${word(flowId)}`, ...inputs, ...named].join(' \\\n  ')
}

const word = (text: string) => (/^[\w.-]+$/.test(text) ? text : quoted(text))

/** What can be told without the server; it has the last word. */
export function complaintOf(spec: InputSpec, value: InputValue): string | undefined {
  const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  if (isEmpty) {
    const isNeeded = spec.required !== false && spec.defaults === undefined && !spec.dependsOn
    return isNeeded ? t`A value is needed` : undefined
  }
  if (typeof value !== 'string') return undefined
  if (spec.type === 'JSON' || spec.type === 'ARRAY') return jsonComplaint(value, spec.type === 'ARRAY')
  if (spec.type === 'DURATION' && !/^[-+]?P\w/i.test(value)) return t`A duration is needed, such as ${'PT5M'} or ${'P1DT2H'}`
  if (spec.type === 'INT' || spec.type === 'FLOAT') return numberComplaint(spec, Number(value))
  return undefined
}

function jsonComplaint(text: string, wantsList: boolean): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return wantsList && !Array.isArray(value) ? t`A list is needed, such as ${'["a", "b"]'}` : undefined
  } catch (error) {
    return t`No JSON: ${(error as Error).message}`
  }
}

function numberComplaint({ min, max, type }: InputSpec, value: number): string | undefined {
  if (Number.isNaN(value)) return t`A number is needed`
  if (type === 'INT' && !Number.isInteger(value)) return t`A whole number is needed`
  if (min !== undefined && value < min) return t`At least ${min}`
  if (max !== undefined && value > max) return t`At most ${max}`
  return undefined
}
