/** Types of stored values, and how each is written in a request. */

import { t } from '../language'
import { fieldOf, momentOfField } from '../settings/zones'

export const KINDS = ['STRING', 'NUMBER', 'BOOLEAN', 'DATETIME', 'DATE', 'DURATION', 'JSON'] as const
export type Kind = (typeof KINDS)[number]

/** Text is quoted; what else looks like a date or number would be stored as one. */
export function written(kind: Kind, text: string, zone = ''): string {
  if (kind === 'STRING') return JSON.stringify(text)
  if (kind === 'DATETIME') return momentOfField(text.trim(), zone)?.toISOString() ?? text.trim()
  return text.trim()
}

/** A stored value as its field shows it. */
export function edited(kind: Kind, text: string, zone: string): string {
  const date = kind === 'DATETIME' ? new Date(text) : undefined
  return date && !Number.isNaN(date.getTime()) ? fieldOf(date, zone) : text
}

const DURATION = /^-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/

/** What is wrong with a text as a value of a type, before the server is asked. */
export function complaintOf(kind: Kind, text: string): string | undefined {
  const trimmed = text.trim()
  switch (kind) {
    case 'STRING': return undefined
    case 'NUMBER': return trimmed !== '' && Number.isFinite(Number(trimmed)) ? undefined : t`This is no number`
    case 'BOOLEAN': return trimmed === 'true' || trimmed === 'false' ? undefined : t`true or false`
    case 'DURATION': return DURATION.test(trimmed) ? undefined : t`A duration is written like PT1H30M`
    case 'DATE': return /^\d{4}-\d{2}-\d{2}$/.test(trimmed) ? undefined : t`A date is needed`
    case 'DATETIME': return momentOfField(trimmed, '') ? undefined : t`A date and a time are needed`
    case 'JSON': return complaintOfJson(trimmed)
  }
}

function complaintOfJson(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

export const LIVES = [
  { value: '', label: t`Never` },
  { value: 'PT5M', label: t`After 5 minutes` },
  { value: 'PT1H', label: t`After an hour` },
  { value: 'P1D', label: t`After a day` },
  { value: 'P7D', label: t`After 7 days` },
  { value: 'P30D', label: t`After 30 days` },
  { value: 'P365D', label: t`After 365 days` },
] as const
