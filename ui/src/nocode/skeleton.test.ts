import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { knowSchema } from './known'
import type { FlowSchema } from './schema'
import { freeId, skeletonOf } from './skeleton'

const ANY = { allOf: [{ if: { properties: { type: { const: 'io.kestra.plugin.core.log.Log' } } }, then: { $ref: '#/definitions/io.kestra.plugin.core.log.Log' } }] }
const SCHEMA: FlowSchema = {
  $ref: '#/definitions/Flow',
  definitions: {
    Flow: { type: 'object', properties: { tasks: { type: 'array', items: { oneOf: [{ $ref: '#/definitions/io.kestra.plugin.core.log.Log' }, { $ref: '#/definitions/a.b.HttpRequest' }, { $ref: '#/definitions/a.b.Group' }] } } } },
    'io.kestra.plugin.core.log.Log': { type: 'object', required: ['id', 'type', 'message'], properties: { id: { type: 'string' }, type: { const: 'io.kestra.plugin.core.log.Log' }, message: { type: 'string' } } },
    'a.b.HttpRequest': {
      type: 'object', required: ['id', 'type', 'uri', 'count', 'method', 'runner', 'files'],
      properties: {
        id: { type: 'string' }, type: { enum: ['a.b.HttpRequest', 'a.old.Request'] }, uri: { type: 'string' }, count: { type: 'integer', minimum: 1 }, method: { enum: ['GET', 'POST'] },
        runner: { type: 'object', required: ['host'], properties: { host: { type: 'string' } } }, files: { type: 'array', items: { type: 'string' } }, extra: { type: 'string' },
      },
    },
    'a.b.Group': { type: 'object', required: ['id', 'type', 'tasks'], properties: { id: { type: 'string' }, type: { const: 'a.b.Group' }, tasks: { type: 'array', items: ANY } } },
  },
}

test('a new id is made of the type, and free', () => {
  expect([freeId('a.b.HttpRequest', ''), freeId('a.b.HttpRequest', '  - id: http_request\n'), freeId('STRING', 'id: "string"\nid: string_2')]).toEqual(['http_request', 'http_request_2', 'string_3'])
})

test('a new task has what its type requires, and nothing else', () => {
  expect(parse(skeletonOf('a.b.HttpRequest', 'id: f', SCHEMA))).toEqual({ id: 'http_request', type: 'a.b.HttpRequest', uri: '', count: 1, method: 'GET', runner: { host: '' }, files: [] })
  expect(skeletonOf('a.b.HttpRequest', 'id: f', SCHEMA).split('\n').slice(0, 2)).toEqual(['id: http_request', 'type: a.b.HttpRequest'])
})

test('an older name of a type is kept', () => {
  expect(parse(skeletonOf('a.old.Request', '', SCHEMA))).toMatchObject({ id: 'request', type: 'a.old.Request', count: 1 })
})

test('what has tasks begins with one', () => {
  expect(parse(skeletonOf('a.b.Group', '', SCHEMA))).toEqual({ id: 'group', type: 'a.b.Group', tasks: [{ id: 'log', type: 'io.kestra.plugin.core.log.Log', message: 'Hello' }] })
})

test('of a type that nobody knows there are id and type', () => {
  expect(parse(skeletonOf('a.b.Unheard', ''))).toEqual({ id: 'unheard', type: 'a.b.Unheard' })
  knowSchema(SCHEMA)
  expect(parse(skeletonOf('a.b.Group', '')).tasks).toHaveLength(1)
})
