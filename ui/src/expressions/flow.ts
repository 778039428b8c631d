/** What an expression of a flow can read where it stands, as far as the flow itself and the server tell. */

import { parseDocument } from 'yaml'
import type { Property } from '../api/plugins'
import { t } from '../language'
import { shortType } from '../topology/graph'
import { pathAt, type Path } from '../nocode/text'
import type { Cursor } from '../editor/places'
import type { Knowledge, Offer } from './offers'
import { visibleTasks, type VisibleTask } from './visible'

/** What is asked of the server, and kept. */
export interface Lookups {
  outputsOf: (type: string) => Promise<Property | undefined>
  secrets: (namespace: string) => Promise<readonly string[]>
  keys: (namespace: string) => Promise<readonly string[]>
  files: (namespace: string) => Promise<readonly string[]>
}

interface Item {
  id: string
  type: string
  description?: unknown
  displayName?: unknown
}

const isMap = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value)
const itemsIn = (value: unknown): Item[] => (Array.isArray(value) ? value.filter((item): item is Item => isMap(item) && typeof item.id === 'string') : [])

const VALUE = /^(\s*(?:-\s+)*(?:[\w.-]+:\s*)?).*$/

/** A flow that is being typed, with the line of the cursor left out where it can't be read as it is. */
export function readFlow(source: string, { line }: Cursor): { flow: unknown; source: string } {
  const read = (text: string) => parseDocument(text, { logLevel: 'silent', strict: false, uniqueKeys: false })
  const whole = read(source)
  if (!whole.errors.length) return { flow: whole.toJS({ maxAliasCount: 100 }) as unknown, source }
  const lines = source.split('\n')
  lines[line - 1] = (lines[line - 1] ?? '').replace(VALUE, '$1""')
  const mended = lines.join('\n')
  const document = read(mended)
  return { flow: document.errors.length ? undefined : (document.toJS({ maxAliasCount: 100 }) as unknown), source: mended }
}

function placeOf(source: string, cursor: Cursor): Path {
  try {
    return pathAt(source, cursor)
  } catch {
    // A text that is no map has no places.
    return []
  }
}

export function knowledgeAt(source: string, cursor: Cursor, lookups: Lookups): Knowledge {
  const { flow, source: readable } = readFlow(source, cursor)
  const root = isMap(flow) ? flow : {}
  const path = placeOf(readable, cursor)
  const namespace = typeof root.namespace === 'string' ? root.namespace : ''
  const named = async (names: Promise<readonly string[]>): Promise<Offer[]> => (namespace ? (await names).map((label) => ({ label, kind: 'value' })) : [])
  return {
    roots: () => rootsAt(path),
    members: (wanted) => membersAt(root, path, wanted, lookups),
    arguments: (name) => {
      switch (name) {
        case 'secret': return named(lookups.secrets(namespace))
        case 'kv': return named(lookups.keys(namespace))
        case 'read': case 'fileURI': case 'fileExists': case 'fileSize': case 'isFileEmpty': return named(lookups.files(namespace))
        default: return Promise.resolve([])
      }
    },
  }
}

const variable = (label: string, detail: string): Offer => ({ label, kind: 'variable', detail })
const property = (label: string, detail?: string, text?: string): Offer => ({ label, kind: 'property', detail, text })

const isWithin = (path: Path, name: string) => path.includes(name)

/** Names at the beginning of a path. */
function rootsAt(path: Path): Offer[] {
  return [
    variable('outputs', t`outputs of tasks`),
    variable('inputs', t`inputs of the execution`),
    variable('vars', t`variables of the flow`),
    variable('flow', t`id, namespace and revision`),
    variable('execution', t`id, start and state`),
    variable('trigger', t`what started the execution`),
    variable('taskrun', t`this run of the task`),
    variable('task', t`id and type`),
    variable('tasks', t`states of tasks`),
    variable('labels', t`labels of the execution`),
    variable('parent', t`the run that this one is in`),
    variable('parents', t`all of them, the nearest first`),
    variable('envs', t`environment variables of the server`),
    variable('globals', t`values that the server's settings give`),
    ...(isWithin(path, 'errors') ? [variable('error', t`what failed`)] : []),
  ]
}

const FIXED: Readonly<Record<string, readonly string[]>> = {
  flow: ['id', 'namespace', 'revision', 'tenantId'],
  execution: ['id', 'startDate', 'originalId', 'state', 'outputs'],
  taskrun: ['id', 'startDate', 'attemptsCount', 'parentId', 'value', 'iteration', 'items'],
  task: ['id', 'type'],
  error: ['taskId', 'message', 'stackTrace'],
  parent: ['taskrun', 'outputs'],
  'parent.taskrun': ['value'],
  schedule: ['date', 'next', 'previous'],
}

/** What triggers give whose types have no outputs that their pages tell. */
const TRIGGERS: readonly [pattern: RegExp, names: readonly string[]][] = [
  [/\.Schedule(OnDates)?$/, ['date', 'next', 'previous']],
  [/\.Webhook$/, ['body', 'headers', 'parameters']],
  [/\.Flow$/, ['executionId', 'namespace', 'flowId', 'flowRevision', 'state', 'executionLabels', 'outputs']],
]

async function membersAt(flow: Record<string, unknown>, at: Path, wanted: readonly string[], lookups: Lookups): Promise<readonly Offer[]> {
  const [root, ...rest] = wanted as [string, ...string[]]
  const fixed = FIXED[wanted.join('.')]
  if (fixed) return fixed.map((name) => property(name))
  if (root === 'outputs') return outputsAt(visibleTasks(flow, at), rest, lookups)
  if (root === 'tasks') return rest.length ? [property('state')] : visibleTasks(flow, at).map(({ id, type }) => property(id, shortType(type)))
  if (root === 'inputs') return inputsUnder(itemsIn(flow.inputs), rest)
  if (root === 'vars') return under(flow.variables, rest)
  if (root === 'labels' && !rest.length) return labelsOf(flow.labels)
  if (root === 'trigger') return triggersAt(itemsIn(flow.triggers), rest, lookups)
  return []
}

function under(value: unknown, path: readonly string[]): Offer[] {
  const inner = path.reduce<unknown>((found, name) => (isMap(found) ? found[name] : undefined), value)
  return isMap(inner) ? Object.keys(inner).map((name) => property(name)) : []
}

const labelsOf = (labels: unknown): Offer[] =>
  Array.isArray(labels) ? labels.flatMap((label) => (isMap(label) && typeof label.key === 'string' ? [property(label.key)] : [])) : under(labels, [])

/** Ids of inputs may have dots: each part is a step. */
function inputsUnder(inputs: readonly Item[], path: readonly string[]): Offer[] {
  const begin = path.map((step) => `${step}.`).join('')
  const found = new Map<string, Offer>()
  for (const { id, type, displayName, description } of inputs) {
    if (!id.startsWith(begin) || id === begin) continue
    const [step, ...more] = id.slice(begin.length).split('.') as [string, ...string[]]
    const told = [displayName, description].filter((text) => typeof text === 'string').join('\n\n')
    if (!found.has(step)) found.set(step, more.length ? property(step) : property(step, type, told || undefined))
  }
  return [...found.values()]
}

async function outputsAt(tasks: readonly VisibleTask[], [id, ...path]: readonly string[], lookups: Lookups): Promise<Offer[]> {
  if (id === undefined) return tasks.map(({ id: name, type, loop }) => ({ ...property(name, shortType(type)), ...(loop === 'same' ? { insert: `${name}[taskrun.value]` } : {}) }))
  const task = tasks.find((one) => one.id === id)
  if (!task) return []
  const shape = await lookups.outputsOf(task.type)
  // Behind a loop comes the value of one of its turns, which nobody knows yet.
  const steps = task.loop === 'none' ? path : path.slice(1)
  if (task.loop !== 'none' && !path.length) return []
  return shapedUnder(shape, steps)
}

function shapedUnder(shape: Property | undefined, path: readonly string[]): Offer[] {
  const inner = path.reduce<Property | undefined>((found, name) => found?.properties?.[name] ?? anyOf(found), shape)
  return Object.entries(inner?.properties ?? {}).map(([name, { type, description }]) => property(name, Array.isArray(type) ? type[0] : type, description))
}

const anyOf = (shape: Property | undefined) => (typeof shape?.additionalProperties === 'object' ? shape.additionalProperties : shape?.items)

async function triggersAt(triggers: readonly Item[], path: readonly string[], lookups: Lookups): Promise<Offer[]> {
  const known = new Map<string, Offer>()
  for (const { type } of triggers) {
    const fixed = path.length ? [] : (TRIGGERS.find(([pattern]) => pattern.test(type))?.[1] ?? [])
    const told = fixed.length ? [] : shapedUnder(await lookups.outputsOf(type), path)
    for (const offer of [...fixed.map((name) => property(name, shortType(type))), ...told]) known.set(offer.label, offer)
  }
  return [...known.values()]
}
