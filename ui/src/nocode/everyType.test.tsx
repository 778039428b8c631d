/** Of every type there is a form. The schema comes from the server's own code: `tests/browser/test_every_form.py` writes it and runs this. */

import { MantineProvider } from '@mantine/core'
import { readFileSync } from 'node:fs'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import type { Plugin } from '../plugins/groups'
import { EditingContext } from './editing'
import { FieldRow } from './FieldRow'
import { placeOf, schemaAt } from './places'
import { rootOf, type FlowSchema, type Schema } from './schema'
import { fieldsOf, lookOf } from './shape'
import { skeletonOf } from './skeleton'
import { valueAt, withItem } from './text'

interface Real {
  schema: FlowSchema
  plugins: Plugin[]
}

const file = process.env.TIERCEL_FORM_SCHEMA
const { schema, plugins }: Real = file ? (JSON.parse(readFileSync(file, 'utf8')) as Real) : { schema: { $ref: '', definitions: {} }, plugins: [] }
const { definitions } = schema
const EMPTY = 'id: f\nnamespace: company.team\n'

/** The whole form of a map, nothing folded. */
function drawn(source: string, path: (string | number)[], object: Schema, value: unknown): string {
  const editing = { source, schema, definitions, edit: () => true, open: () => {}, locked: [], base: path }
  return renderToStaticMarkup(
    <MantineProvider>
      <EditingContext value={editing}>{fieldsOf(object, value, definitions).map((field) => <FieldRow key={field.name} field={field} path={path} />)}</EditingContext>
    </MantineProvider>,
  )
}

const shown = (object: Schema) => Object.entries(object.properties ?? {}).filter(([, told]) => told.$deprecated !== true).map(([name]) => name)
const inMarkup = (markup: string) => [...markup.matchAll(/data-name="([^"]*)"/g)].map(([, name]) => name)

function checked(list: string, type: string): void {
  const object = definitions[type] as Schema
  const source = withItem(EMPTY, [list], 0, skeletonOf(type, EMPTY, schema))
  const flow = valueAt(source, [])
  const value = valueAt(source, [list, 0])
  expect(Object.keys(value as object)).toEqual(expect.arrayContaining([...(object.required ?? [])]))
  for (const { name, shapes, isKnown, value: given, isDynamic } of fieldsOf(object, value, definitions)) {
    expect([name, isKnown, lookOf({ shapes, isDynamic }, given).kind]).not.toContain('yaml')
  }
  expect(inMarkup(drawn(source, [list, 0], object, value))).toEqual(expect.arrayContaining(shown(object)))
  if (list === 'tasks' || list === 'triggers') {
    expect(placeOf(schema, flow, [list, 0, 'id'])).toEqual([list, 0])
    expect(schemaAt(schema, flow, [list, 0, shown(object).at(-1) as string])).toBeDefined()
  }
}

describe.runIf(file)('of the real schema', () => {
  const typesOf = (kind: 'tasks' | 'triggers' | 'conditions' | 'taskRunners') => plugins.flatMap((plugin) => plugin[kind] ?? []).filter((type) => definitions[type])

  test('there are types of all kinds', () => {
    expect([typesOf('tasks').length, typesOf('triggers').length, typesOf('conditions').length, typesOf('taskRunners').length].every((count) => count > 2)).toBe(true)
  })
  test.each(typesOf('tasks'))('the task %s has a form with all its properties', (type) => checked('tasks', type))
  test.each(typesOf('triggers'))('the trigger %s has a form with all its properties', (type) => checked('triggers', type))
  test.each(typesOf('conditions'))('the condition %s has a form with all its properties', (type) => checked('things', type))
  test.each(typesOf('taskRunners'))('the task runner %s has a form with all its properties', (type) => checked('things', type))
  test.each(Object.entries(definitions).filter(([, { type, properties }]) => type === 'object' && properties))('%s can be drawn', (_, object) => {
    expect(inMarkup(drawn(EMPTY, [], object, {}))).toEqual(expect.arrayContaining(shown(object)))
  })
  test('the flow has a form with all its properties', () => {
    const root = rootOf(schema)
    expect(inMarkup(drawn(EMPTY, [], root, valueAt(EMPTY, [])))).toEqual(expect.arrayContaining(shown(root)))
  })
})
