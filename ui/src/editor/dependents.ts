import type { Dependencies } from '../api/flowViews'
import { counted, t } from '../language'

/** Names of the flows that need a flow: those that start it, and those that wait for it to end. */
export function dependentsOf({ nodes, edges }: Dependencies, namespace: string, id: string): string[] {
  const own = nodes.find((node) => node.namespace === namespace && node.id === id)?.uid
  const needing = new Set(edges.flatMap(({ source, target, relation }) => {
    if (relation === 'FLOW_TRIGGER') return source === own ? [target] : []
    return target === own ? [source] : []
  }))
  return nodes.filter(({ uid }) => uid !== own && needing.has(uid)).map((node) => `${node.namespace}.${node.id}`).sort()
}

/** The question before a flow goes, with what will miss it. */
export function farewell(id: string, dependents: readonly string[]): string {
  const ends = t`Delete the flow ${id}? Its executions stay.`
  return dependents.length ? `${ends}\n\n${counted(dependents.length, 'flow needs it:', 'flows need it:')}\n${dependents.join('\n')}` : ends
}
