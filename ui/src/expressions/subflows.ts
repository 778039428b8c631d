/** What can be offered where a flow names another one: in tasks that start it, and in triggers that wait for it. */

import type { Cursor } from '../editor/places'
import { pathAt, valueAt } from '../nocode/text'
import { readFlow } from './flow'
import type { Offer } from './offers'

/** What is asked of the server. */
export interface FlowLookups {
  namespaces: () => Promise<readonly string[]>
  flows: (namespace: string) => Promise<readonly string[]>
  inputs: (namespace: string, flowId: string) => Promise<readonly { id: string; type: string }[]>
}

const NAMED = /^\s*(?:-\s+)*(namespace|flowId):\s+["']?([\w.-]*)$/
const KEY = /^\s+([\w.-]*)$/

export interface Named {
  prefix: string
  offers: readonly Offer[]
}

const value = (label: string): Offer => ({ label, kind: 'value' })
const textOf = (found: unknown) => (typeof found === 'string' && !found.includes('{{') ? found : '')

/** Namespaces, flows of one, or inputs of a flow; undefined where none of them is written. */
export async function namesAt(source: string, cursor: Cursor, lookups: FlowLookups): Promise<Named | undefined> {
  const before = (source.split('\n')[cursor.line - 1] ?? '').slice(0, cursor.column - 1)
  const [named, key] = [NAMED.exec(before), KEY.exec(before)]
  if (!named && !key) return undefined
  const { flow, source: readable } = readFlow(source, cursor)
  if (flow === undefined) return undefined
  const path = pathAt(readable, cursor)
  const within = (named ? path.slice(0, -1) : path.slice(0, path.lastIndexOf('inputs')))
  if (!within.length) return undefined
  const other = (name: string) => textOf(valueAt(readable, [...within, name]))
  if (named) {
    const [, name, prefix = ''] = named
    const offers = name === 'namespace' ? await lookups.namespaces() : other('namespace') ? await lookups.flows(other('namespace')) : []
    return { prefix, offers: offers.map(value) }
  }
  const [namespace, flowId] = [other('namespace'), other('flowId')]
  if (path.at(-1) !== 'inputs' && path.at(-2) !== 'inputs') return undefined
  if (!namespace || !flowId) return undefined
  const inputs = await lookups.inputs(namespace, flowId)
  return { prefix: key?.[1] ?? '', offers: inputs.map(({ id, type }) => ({ label: id, kind: 'property', detail: type, insert: `${id}: $0` })) }
}
