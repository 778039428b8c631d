import type { InputSpec } from '../api/types'

const ENCRYPTED = 'io.kestra.datatype:aes_encrypted'

/** What stands for a value that nobody is shown. */
export const MASK = '••••••••'

/** Whether a value is encrypted: its text says nothing to a reader, and is not to be copied about. */
export const isEncrypted = (value: unknown): boolean =>
  value !== null && typeof value === 'object' && 'type' in value && value.type === ENCRYPTED

/** Values of an execution in which those of SECRET inputs are known as encrypted. */
export function withSecrets(values: Record<string, unknown> | undefined, specs: readonly InputSpec[]): Record<string, unknown> | undefined {
  const secrets = specs.filter(({ type }) => type === 'SECRET').map(({ id }) => id.split('.'))
  return secrets.reduce(marked, values)
}

function marked(values: Record<string, unknown> | undefined, [name = '', ...rest]: string[]): Record<string, unknown> | undefined {
  const value = values?.[name]
  if (value === undefined || value === null) return values
  if (rest.length === 0) return { ...values, [name]: { type: ENCRYPTED } }
  return typeof value === 'object' ? { ...values, [name]: marked(value as Record<string, unknown>, rest) } : values
}
