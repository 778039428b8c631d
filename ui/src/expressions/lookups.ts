import type { QueryClient } from '@tanstack/react-query'
import { request } from '../api/client'
import { searchFiles } from '../api/files'
import { flowQuery, flowsQuery } from '../api/flows'
import { inheritedKeysQuery, keysQuery } from '../api/keyValues'
import { pluginQuery } from '../api/plugins'
import { inheritedSecretsQuery, secretsQuery } from '../api/secrets'
import type { Execution } from '../api/types'
import type { Cursor } from '../editor/places'
import { knowledgeOf } from './actual'
import { knowledgeAt, type Lookups } from './flow'
import { offersAt, type Offer } from './offers'
import { placeAtEnd } from './place'
import { namesAt, type FlowLookups } from './subflows'

const FRESH_MS = 30_000
const MOST_FLOWS = 1000

/** Offers for a place, and the letters before it that they are to stand for. */
export interface Offered {
  prefix: string
  offers: readonly Offer[]
  /** Before the prefix is a dot, which a name that is no word takes away. */
  isBehindDot?: boolean
}

export type OffersIn = (source: string, cursor: Cursor) => Promise<Offered | undefined>

/** What is to be offered in the source of a flow. */
export function flowOffers(cache: QueryClient): OffersIn {
  const lookups = lookupsOf(cache)
  return async (source, cursor) => {
    const place = placeAtEnd(before(source, cursor))
    if (!place) return namesAt(source, cursor, lookups)
    const offers = await offersAt(place, knowledgeAt(source, cursor, lookups))
    return { prefix: place.prefix, offers, isBehindDot: place.kind === 'member' && !place.isSubscript }
  }
}

/** What is to be offered in an expression that is tried out in an execution. */
export function executionOffers(execution: Execution): OffersIn {
  const known = knowledgeOf(execution)
  return async (source, cursor) => {
    const place = placeAtEnd(before(source, cursor))
    return place && { prefix: place.prefix, offers: await offersAt(place, known), isBehindDot: place.kind === 'member' && !place.isSubscript }
  }
}

function before(source: string, { line, column }: Cursor): string {
  const lines = source.split('\n')
  return [...lines.slice(0, line - 1), (lines[line - 1] ?? '').slice(0, column - 1)].join('\n')
}

/** What cannot be asked for, on a server without it or without the right to it, is not offered. */
const orNone = async <T>(asked: Promise<readonly T[]>): Promise<readonly T[]> => asked.catch(() => [])

function lookupsOf(cache: QueryClient): Lookups & FlowLookups {
  const fresh = { staleTime: FRESH_MS, retry: false } as const
  return {
    outputsOf: (type) => cache.fetchQuery({ ...pluginQuery(type), retry: false }).then(({ schema }) => schema?.outputs, () => undefined),
    secrets: (namespace) => orNone(both(
      cache.fetchQuery({ ...secretsQuery(namespace), ...fresh }).then(({ results }) => results.map(({ key }) => key)),
      cache.fetchQuery({ ...inheritedSecretsQuery(namespace), ...fresh }).then((above) => Object.values(above).flat()),
    )),
    keys: (namespace) => orNone(both(
      cache.fetchQuery({ ...keysQuery(namespace), ...fresh }).then((entries) => entries.map(({ key }) => key)),
      cache.fetchQuery({ ...inheritedKeysQuery(namespace), ...fresh }).then((entries) => entries.map(({ key }) => key)),
    )),
    files: (namespace) => orNone(cache.fetchQuery({ ...searchFiles(namespace, ''), ...fresh }).then((paths) => paths.map((path) => path.replace(/^\//, '')))),
    namespaces: () => orNone(cache.fetchQuery({ queryKey: ['flows', 'namespaces'], queryFn: () => request<string[]>('/flows/distinct-namespaces'), ...fresh })),
    flows: (namespace) => orNone(cache.fetchQuery({ ...flowsQuery({ namespace, size: MOST_FLOWS, sort: 'id:asc' }), ...fresh })
      .then(({ results }) => results.filter((flow) => flow.namespace === namespace).map(({ id }) => id))),
    inputs: (namespace, flowId) => orNone(cache.fetchQuery({ ...flowQuery(namespace, flowId), ...fresh }).then(({ inputs = [] }) => inputs)),
  }
}

async function both(own: Promise<readonly string[]>, above: Promise<readonly string[]>): Promise<readonly string[]> {
  return [...new Set([...(await own), ...(await orNone(above))])]
}
