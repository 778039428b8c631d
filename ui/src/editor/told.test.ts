import { expect, test } from 'vitest'
import { toldIn, wholeIn, type EditorSchema } from './told'

const schema: EditorSchema = {
  $ref: '#/definitions/Flow',
  definitions: {
    Flow: {
      properties: {
        concurrency: { description: 'At once.', properties: { limit: { type: 'integer', title: 'limit', description: 'How many.' } } },
        inputs: { description: 'Values.', items: { oneOf: [{ $ref: '#/definitions/Int' }, { $ref: '#/definitions/Select' }] } as never },
        variables: { type: 'object', description: 'Names.' },
      },
    },
    Int: { properties: { type: { const: 'INT' } as never, max: { description: 'The largest.' }, id: { description: 'Of a number.' } } },
    Select: { properties: { type: { const: 'SELECT' } as never, id: { description: 'Of a choice.', markdownDescription: 'Of a `choice`.' } as never } },
    'a.Log': { properties: { timeout: { anyOf: [{ type: 'string' }], description: 'How long.' }, self: { $ref: '#/definitions/a.Log' } } },
  },
}

test('a property of the flow, and those within it', () => {
  expect(toldIn(schema, [{ property: 'concurrency' }])).toMatchObject({ names: ['concurrency'], property: { description: 'At once.' } })
  expect(toldIn(schema, [{ property: 'concurrency' }, { property: 'limit' }])).toEqual({ names: ['concurrency', 'limit'], property: { type: 'integer', description: 'How many.' } })
})

test('what an input has is told by its type', () => {
  expect(toldIn(schema, [{ property: 'inputs' }, { type: 'SELECT', property: 'id' }])?.property.description).toBe('Of a `choice`.')
  expect(toldIn(schema, [{ property: 'inputs' }, { type: 'INT', property: 'max' }])?.property.description).toBe('The largest.')
})

test('names that nobody knows leave what is around them', () => {
  expect(toldIn(schema, [{ property: 'variables' }, { property: 'mine' }])?.names).toEqual(['variables'])
  expect(toldIn(schema, [{ property: 'nothing' }])).toBeUndefined()
  expect(toldIn(schema, [{}])).toBeUndefined()
  expect(toldIn(schema, [])).toBeUndefined()
})

test('a plugin is where its properties begin', () => {
  expect(toldIn(schema, [{ property: 'tasks' }, { type: 'a.Log', property: 'timeout' }])?.property.description).toBe('How long.')
  expect(toldIn(schema, [{ property: 'tasks' }, { type: 'a.Log', property: 'self' }, { property: 'timeout' }])?.names).toEqual(['self', 'timeout'])
  expect(toldIn(schema, [{ property: 'tasks' }, { type: 'a.Unknown', property: 'timeout' }])).toBeUndefined()
})

test('all of a flow is told where the cursor is in nothing', () => {
  expect(Object.keys(wholeIn(schema)?.properties ?? {})).toEqual(['concurrency', 'inputs', 'variables'])
  expect(wholeIn({ $ref: '#/definitions/Gone', definitions: {} })).toBeUndefined()
})
