/** A flow to begin with, around one task, trigger, condition or task runner. */

import type { Kind } from './groups'

interface Inserted {
  cls: string
  kind: Kind
  namespace: string
  /** As the reference shows it; else it is made of the required properties. */
  example?: string | undefined
  required?: readonly string[]
}

const HELLO = `  - id: hello
    type: io.kestra.plugin.core.log.Log
    message: Hello
`

const indented = (text: string, depth: number) => text.trimEnd().split('\n').map((line) => (line ? ' '.repeat(depth) + line : line)).join('\n')

/** As an item of a list, whose first line has the dash. */
export const item = (text: string, depth: number) => indented(text, depth + 2).replace(/^ +/, `${' '.repeat(depth)}- `)

const idOf = (cls: string) => cls.slice(cls.lastIndexOf('.') + 1).replace(/(?<=[a-z0-9])[A-Z]/g, '_$&').toLowerCase()

function skeleton({ cls, kind, required = [] }: Inserted): string {
  const names = required.filter((name) => name !== 'id' && name !== 'type')
  const head = kind === 'tasks' || kind === 'triggers' ? [`id: ${idOf(cls)}`] : []
  return [...head, `type: ${cls}`, ...names.map((name) => `${name}: ""`)].join('\n')
}

export function flowWith(inserted: Inserted): string {
  const { kind, namespace, example } = inserted
  if (example && /^tasks:/m.test(example)) return example
  const code = example ?? skeleton(inserted)
  const head = `id: my_flow\nnamespace: ${namespace}\n\n`
  switch (kind) {
    case 'tasks': return `${head}tasks:\n${item(code, 2)}\n`
    case 'triggers': return `${head}tasks:\n${HELLO}\ntriggers:\n${item(code, 2)}\n`
    case 'conditions': return `${head}tasks:\n${HELLO}\ntriggers:\n  - id: daily\n    type: io.kestra.plugin.core.trigger.Schedule\n    cron: "0 1 * * *"\n    conditions:\n${item(code, 6)}\n`
    case 'taskRunners': return `${head}tasks:\n  - id: shell\n    type: io.kestra.plugin.scripts.shell.Commands\n    taskRunner:\n${indented(code, 6)}\n    commands:\n      - echo Hello\n`
  }
}
