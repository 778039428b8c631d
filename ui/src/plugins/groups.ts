import { t } from '../language'

export interface Plugin {
  name: string
  title?: string
  group?: string
  tasks?: string[]
  triggers?: string[]
  conditions?: string[]
  taskRunners?: string[]
}

export interface Group {
  name: string
  types: string[]
}

const KINDS = ['tasks', 'triggers', 'conditions', 'taskRunners'] as const
export type Kind = (typeof KINDS)[number]

export const KIND_NAMES: Record<Kind, string> = { tasks: t`a task`, triggers: t`a trigger`, conditions: t`a condition`, taskRunners: t`a task runner` }

/** What a type is; a type that is not listed is most likely the older name of a task. */
export function kindOf(plugins: readonly Plugin[], cls: string): Kind {
  return KINDS.find((kind) => plugins.some((plugin) => plugin[kind]?.includes(cls))) ?? 'tasks'
}

/** Types by the package they are in, those alone whose name holds every word that was typed. */
export function groupsOf(plugins: readonly Plugin[], text: string): Group[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const groups = new Map<string, Set<string>>()
  for (const type of plugins.flatMap((plugin) => KINDS.flatMap((kind) => plugin[kind] ?? []))) {
    if (!words.every((word) => type.toLowerCase().includes(word))) continue
    const name = type.slice(0, type.lastIndexOf('.')).replace(/^io\.kestra\.plugin\./, '')
    groups.set(name, (groups.get(name) ?? new Set()).add(type))
  }
  return [...groups].map(([name, types]) => ({ name, types: [...types].toSorted() })).toSorted((a, b) => a.name.localeCompare(b.name))
}
