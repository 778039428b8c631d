import type { FlowSchema } from './schema'

let known: FlowSchema | undefined

/** The schema, once it was fetched. */
export const knownSchema = (): FlowSchema | undefined => known

/** Takes a schema as the one that is known. */
export function knowSchema(schema: FlowSchema): FlowSchema {
  known = schema
  return schema
}
