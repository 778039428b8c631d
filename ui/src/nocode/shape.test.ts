import { expect, test } from 'vitest'
import { crumbsTo, nameOf, placeOf, schemaAt } from './places'
import { shapesOf, variantOf, type FlowSchema, type Schema } from './schema'
import { fieldsOf, isNamed, isSmall, leads, lookOf, objectOf } from './shape'

const TEMPLATE: Schema = { type: 'string', pattern: '\\{\\{|\\{%' }
const NULL: Schema = { type: 'null' }
const task = (type: string, properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object', required: ['id', 'type', ...required], properties: { id: { type: 'string' }, type: { const: type }, ...properties },
})

const SCHEMA: FlowSchema = {
  $ref: '#/definitions/Flow',
  definitions: {
    Flow: {
      type: 'object', required: ['id', 'tasks'],
      properties: {
        id: { type: 'string' },
        tasks: { type: 'array', items: { oneOf: [{ $ref: '#/definitions/a.Log' }, { $ref: '#/definitions/a.Each' }] } },
        labels: { oneOf: [{ type: 'array', items: { type: 'object', properties: { key: { type: 'string' }, value: { type: 'string' } } } }, { type: 'object' }] },
        retry: { anyOf: [{ type: 'object', properties: { type: { const: 'constant' } } }, { type: 'object', properties: { type: { const: 'random' } } }] },
        older: { type: 'string', $deprecated: true },
      },
    },
    'a.Log': task('a.Log', {
      message: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }], $dynamic: true },
      level: { anyOf: [{ $ref: '#/definitions/Level' }, NULL, TEMPLATE], $dynamic: true },
      disabled: { anyOf: [{ type: 'boolean' }, TEMPLATE], default: false },
      count: { anyOf: [{ type: 'integer', minimum: 1 }, NULL] },
      runner: { allOf: [{ if: { properties: { type: { const: 'r.One' } } }, then: { $ref: '#/definitions/r.One' } }, { if: { properties: { type: { pattern: '^(?:r\\.Old|r\\.Older)$' } } }, then: { $ref: '#/definitions/r.One' } }] },
      assets: {},
    }, ['message']),
    'a.Each': task('a.Each', { tasks: { type: 'array', items: { $ref: '#/definitions/Any' } }, cases: { type: 'object', additionalProperties: { type: 'array', items: { $ref: '#/definitions/Any' } } } }),
    Any: { type: 'object', allOf: [{ if: { properties: { type: { const: 'a.Log' } } }, then: { $ref: '#/definitions/a.Log' } }, { if: { properties: { type: { const: 'a.Each' } } }, then: { $ref: '#/definitions/a.Each' } }] },
    'r.One': { type: 'object', properties: { type: { enum: ['r.One', 'r.Old'] }, host: { type: 'string' } } },
    Level: { enum: ['INFO', 'WARN'] },
  },
}
const { definitions } = SCHEMA
const LOG = definitions['a.Log'] as Schema
const kinds = (name: string) => shapesOf(LOG.properties?.[name] as Schema, definitions).map(({ kind }) => kind)
const fields = (value: Record<string, unknown>) => fieldsOf(LOG, value, definitions)
const field = (name: string, value: unknown) => fields({ [name]: value }).find((one) => one.name === name) as ReturnType<typeof fields>[number]
const look = (name: string, value: unknown) => lookOf(field(name, value), value).kind

test('a property has the shapes that its values may have, without templates and nulls', () => {
  expect([kinds('message'), kinds('level'), kinds('disabled'), kinds('count'), kinds('runner'), kinds('assets')]).toEqual([['text', 'list'], ['choice'], ['switch'], ['number'], ['variants'], ['any']])
})

test('maps of which one is meant are variants by their type, older names too', () => {
  const [retry] = shapesOf(definitions.Flow?.properties?.retry as Schema, definitions)
  expect(retry?.kind === 'variants' && retry.variants.map(({ name }) => name)).toEqual(['constant', 'random'])
  const [runner] = shapesOf(LOG.properties?.runner as Schema, definitions)
  const named = (type: string) => (runner?.kind === 'variants' ? variantOf(runner.variants, { type })?.name : undefined)
  expect([named('r.One'), named('r.Older'), named('r.None')]).toEqual(['r.One', 'r.One', undefined])
})

test('what is required stands first, then what is set as it is written, then the rest', () => {
  const value = { level: 'INFO', unheard: 1, count: 2, id: 'a', type: 'a.Log' }
  expect(fields(value).map(({ name }) => name)).toEqual(['id', 'type', 'message', 'level', 'unheard', 'count', 'disabled', 'runner', 'assets'])
  expect(fields(value).filter(({ isKnown }) => !isKnown).map(({ name }) => name)).toEqual(['unheard'])
})

test('what is deprecated is there only where it is set', () => {
  const names = (value: object) => fieldsOf(definitions.Flow, value, definitions).map(({ name }) => name)
  expect(names({}).includes('older')).toBe(false)
  expect(names({ older: 'x' }).includes('older')).toBe(true)
})

test('a value that is none of the shapes is an expression or YAML', () => {
  expect([look('message', 'a'), look('message', ['a']), look('message', { a: 1 }), look('message', undefined)]).toEqual(['text', 'list', 'yaml', 'text'])
  expect([look('level', 'INFO'), look('level', '{{ x }}'), look('level', 'LOUD'), look('level', null)]).toEqual(['choice', 'expression', 'yaml', 'choice'])
  expect([look('disabled', true), look('disabled', '{{ x }}'), look('count', '{{ x }}'), look('count', 3)]).toEqual(['switch', 'expression', 'yaml', 'number'])
  expect(look('unheard', [1])).toBe('any')
})

test('tasks lead to forms of their own, small maps do not', () => {
  const items = (name: string) => definitions.Flow?.properties?.[name]?.items as Schema
  const label = (definitions.Flow?.properties?.labels?.oneOf?.[0] as Schema).items as Schema
  expect([leads(items('tasks'), definitions), isNamed(items('tasks'), definitions)]).toEqual([true, true])
  expect([leads(label, definitions), isSmall(label, definitions)]).toEqual([false, true])
})

const FLOW = {
  id: 'f',
  tasks: [{ id: 'each', type: 'a.Each', tasks: [{ id: 'say', type: 'a.Log', message: 'x', runner: { type: 'r.Old', host: 'h' } }], cases: { yes: [{ id: 'deep', type: 'a.Log' }] } }],
}

test('a path leads to what is known of it, and to the form that it stands in', () => {
  expect(schemaAt(SCHEMA, FLOW, ['tasks', 0, 'tasks', 0, 'runner', 'host'])).toEqual({ type: 'string' })
  expect(schemaAt(SCHEMA, FLOW, ['tasks', 0, 'nothing', 0])).toBeUndefined()
  expect(placeOf(SCHEMA, FLOW, ['tasks', 0, 'tasks', 0, 'runner', 'host'])).toEqual(['tasks', 0, 'tasks', 0])
  expect(placeOf(SCHEMA, FLOW, ['tasks', 0, 'cases', 'yes', 0, 'id'])).toEqual(['tasks', 0, 'cases', 'yes', 0])
  expect(placeOf(SCHEMA, FLOW, ['tasks', 7])).toEqual([])
  expect(placeOf(SCHEMA, FLOW, ['id'])).toEqual([])
})

test('crumbs tell the way by the ids on it', () => {
  const told = (path: (string | number)[]) => crumbsTo(SCHEMA, FLOW, path).map(({ via, name }) => `${via}: ${name}`)
  expect(told(['tasks', 0, 'tasks', 0])).toEqual(['tasks: each', 'tasks: say'])
  expect(told(['tasks', 0, 'cases', 'yes', 0])).toEqual(['tasks: each', 'cases › yes: deep'])
})

test('an item is called by what tells it best', () => {
  expect([nameOf({ id: 'a', type: 'b.C' }, 0), nameOf({ type: 'b.C' }, 0), nameOf({ task: { id: 't' } }, 0), nameOf({ condition: 'x > 1' }, 0), nameOf({}, 2), nameOf('text', 0)]).toEqual(['a', 'C', 't', 'x > 1', '#3', 'text'])
})

test('the map that describes a value follows its type', () => {
  expect(objectOf({ $ref: '#/definitions/Any' }, { type: 'a.Log' }, definitions)).toBe(LOG)
  expect(objectOf({ $ref: '#/definitions/Any' }, { type: 'a.None' }, definitions)).toBeUndefined()
})
