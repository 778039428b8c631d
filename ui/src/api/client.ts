/** Requests to the server that served the page. */

import { t } from '../language'
import { ROOT } from './root'
import { wantLogin } from './session'

export const API = `${ROOT}/api/v1`
const LOGIN_NEEDED = 401

export interface Problem {
  message: string
  path?: string
  line?: number
  column?: number
  hint?: string
}

/** What the server refused, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly problems: readonly Problem[] = [],
    /** How to mend it. */
    readonly hint?: string,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>

/** Empty values are left out: `?q=` and no `q` mean the same. */
export function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue
    for (const item of Array.isArray(value) ? value : [value]) parameters.append(name, String(item))
  }
  const text = parameters.toString()
  return text ? `${path}?${text}` : path
}

/** All that a search finds as CSV, where the server gives it. */
export const csvOf = (kind: 'flows' | 'triggers' | 'logs', query: Query) => withQuery(`${API}/${kind}/export/by-query/csv`, query)

/** One part of a path; ids are text of users. */
export const part = encodeURIComponent

interface Options extends Omit<RequestInit, 'body'> {
  query?: Query
  json?: unknown
  body?: BodyInit
}

async function send(path: string, options: Options = {}, base = API): Promise<Response> {
  const { query, json, ...init } = options
  const headers = new Headers(init.headers)
  // Makes the server's refusal plain, so that the browser does not ask for a password on its own.
  headers.set('x-requested-with', 'tiercel')
  if (json !== undefined) {
    headers.set('content-type', 'application/json')
    init.body = JSON.stringify(json)
  }
  let reply: Response
  try {
    reply = await fetch(withQuery(base + path, query), { ...init, headers })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new ApiError(0, t`The server does not answer. Is it still running?`)
  }
  if (reply.status === LOGIN_NEEDED) wantLogin()
  if (!reply.ok) throw await readError(reply)
  return reply
}

async function readError(reply: Response): Promise<ApiError> {
  const text = await reply.text()
  try {
    const body = JSON.parse(text) as { message?: string; hint?: string; _embedded?: { errors?: Problem[] } }
    return new ApiError(reply.status, body.message ?? text, body._embedded?.errors ?? [], body.hint)
  } catch {
    return new ApiError(reply.status, text || `${reply.status} ${reply.statusText}`)
  }
}

export async function request<T>(path: string, options: Options = {}): Promise<T> {
  const reply = await send(path, options)
  const text = await reply.text()
  return (text ? JSON.parse(text) : undefined) as T
}

/** Of the few routes that stand beside the API. */
export async function requestPlain<T>(path: string): Promise<T> {
  return (await (await send(path, {}, ROOT)).json()) as T
}

export async function requestBlob(path: string, options: Options = {}): Promise<Blob> {
  return (await send(path, options)).blob()
}

export async function requestText(path: string, options: Options = {}): Promise<string> {
  return (await send(path, options)).text()
}

export interface Page<T> {
  results: T[]
  total: number
}
