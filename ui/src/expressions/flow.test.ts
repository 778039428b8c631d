import { expect, test } from 'vitest'
import type { Property } from '../api/plugins'
import { knowledgeAt, type Lookups } from './flow'
import { offersAt } from './offers'
import { placeAtEnd } from './place'
import { namesAt } from './subflows'

const SOURCE = `id: orders
namespace: company.team
inputs:
  - id: city
    type: STRING
    displayName: Which city?
  - id: range.from
    type: DATE
variables:
  table: {name: trips}
labels:
  team: sales
tasks:
  - id: read
    type: a.Read
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    tasks:
      - id: load-it
        type: a.Load
      - id: say
        type: a.Log
        message: "§"
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
  - id: files
    type: a.Files
`
const OUTPUTS: Readonly<Record<string, Property>> = {
  'a.Read': { properties: { uri: { type: 'string', description: 'Where it is' }, vars: { type: 'object', additionalProperties: { properties: { size: {} } } } } },
  'a.Load': { properties: { rows: { type: 'integer' } } },
  'a.Files': { properties: { objects: { type: 'array', items: { properties: { path: {} } } } } },
}
const LOOKUPS: Lookups = {
  outputsOf: (type) => Promise.resolve(OUTPUTS[type]),
  secrets: (namespace) => Promise.resolve([`${namespace}.secret`]),
  keys: () => Promise.resolve(['limit']),
  files: () => Promise.resolve(['sql/q.sql']),
}

/** Labels that are offered where `§` stands for what is typed. */
async function offered(typed: string, source = SOURCE): Promise<string[]> {
  const [before = '', after] = source.split('§') as [string, string]
  const lines = (before + typed).split('\n')
  const cursor = { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
  const place = placeAtEnd(before + typed)
  if (!place) return []
  return (await offersAt(place, knowledgeAt(before + typed + after, cursor, LOOKUPS))).map(({ label, insert }) => insert ?? label)
}

test('roots and functions are offered at the beginning', async () => {
  const found = await offered('{{ ')
  expect(found.slice(0, 3)).toEqual(['outputs', 'inputs', 'vars'])
  expect(found).toContain('now($0)')
  expect(found).not.toContain('error')
})

test('outputs are those of tasks that have run, of a loop those of this turn', async () => {
  expect(await offered('{{ outputs.')).toEqual(['read', 'each', 'load-it[taskrun.value]'])
  expect(await offered('{{ outputs.read.')).toEqual(['uri', 'vars'])
  expect(await offered('{{ outputs.read.vars.any.')).toEqual(['size'])
  expect(await offered("{{ outputs['load-it'][taskrun.value].")).toEqual(['rows'])
  expect(await offered('{{ outputs.nobody.')).toEqual([])
})

test('inputs with dots are steps', async () => {
  expect(await offered('{{ inputs.')).toEqual(['city', 'range'])
  expect(await offered('{{ inputs.range.')).toEqual(['from'])
})

test('variables, labels and what started it are known', async () => {
  expect(await offered('{{ vars.table.')).toEqual(['name'])
  expect(await offered('{{ labels.')).toEqual(['team'])
  expect(await offered('{{ trigger.')).toEqual(['date', 'next', 'previous', 'objects'])
  expect(await offered('{{ flow.')).toEqual(['id', 'namespace', 'revision', 'tenantId'])
})

test('functions that name things are given their names', async () => {
  expect(await offered("{{ secret('")).toEqual(['company.team.secret'])
  expect(await offered("{{ kv('")).toEqual(['limit'])
  expect(await offered("{{ read('")).toEqual(['sql/q.sql'])
  expect(await offered("{{ uuid('")).toEqual([])
})

test('a text that is not closed yet hides nothing', async () => {
  expect(await offered('{{ outputs.', SOURCE.replace('"§"', '"§'))).toEqual(['read', 'each', 'load-it[taskrun.value]'])
  expect(await offered('{{ outputs.', SOURCE.replace('"§"', '§'))).toEqual(['read', 'each', 'load-it[taskrun.value]'])
})

test('what is no flow is no reason to fail', async () => {
  expect(await offered('{{ inputs.', '- §')).toEqual([])
  expect(await offered('{{ outputs.', 'x: [§')).toEqual([])
})

const OTHERS = {
  namespaces: () => Promise.resolve(['company.team', 'other']),
  flows: (namespace: string) => Promise.resolve(namespace === 'other' ? ['child'] : []),
  inputs: (namespace: string, flowId: string) => Promise.resolve(namespace === 'other' && flowId === 'child' ? [{ id: 'day', type: 'DATE' }] : []),
}

async function named(source: string): Promise<string[] | undefined> {
  const lines = (source.split('§')[0] as string).split('\n')
  const found = await namesAt(source.replace('§', ''), { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }, OTHERS)
  return found?.offers.map(({ label }) => label)
}

const SUB = (rest: string) => `id: a\nnamespace: b\ntasks:\n  - id: sub\n    type: io.kestra.plugin.core.flow.Subflow\n${rest}`

test('a task that starts another flow is given its names', async () => {
  expect(await named(SUB('    namespace: §\n'))).toEqual(['company.team', 'other'])
  expect(await named(SUB('    namespace: other\n    flowId: ch§\n'))).toEqual(['child'])
  expect(await named(SUB('    namespace: "{{ x }}"\n    flowId: §\n'))).toEqual([])
  expect(await named(SUB('    namespace: other\n    flowId: child\n    inputs:\n      §\n'))).toEqual(['day'])
  expect(await named(SUB('    namespace: other\n    flowId: child\n    inputs:\n      da§\n'))).toEqual(['day'])
})

test('the name of the flow itself is its own', async () => {
  expect(await named('id: a\nnamespace: §\n')).toBeUndefined()
  expect(await named(SUB('    description: §\n'))).toBeUndefined()
})
