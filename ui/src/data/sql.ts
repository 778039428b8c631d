import type { DataTable } from '../api/data'
import { digits, t } from '../language'

const PLAIN = /^[a-z_][a-z0-9_]*$/

/** A name as SQL takes it: quoted unless it is plain. */
export function quoted(name: string): string {
  return PLAIN.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** The statement that shows the first rows of a table. */
export function selectFrom({ schema, name }: Pick<DataTable, 'schema' | 'name'>): string {
  return `SELECT *\nFROM ${schema === 'public' ? '' : `${quoted(schema)}.`}${quoted(name)}`
}

/** What stands there in place of a number of rows. */
export function kindName(kind: string): string {
  return kind === 'view' ? t`view` : kind === 'foreign table' ? t`foreign table` : kind
}

/** `~` marks an estimate of the server; a view has no number. */
export function rowsText({ rows, exact }: Pick<DataTable, 'rows' | 'exact'>): string {
  if (rows === null || rows === undefined) return '—'
  return `${exact ? '' : '~ '}${digits(rows)}`
}
