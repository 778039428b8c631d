import type { Secret } from '../api/secrets'

export interface Listed {
  secret: Secret
  /** `own`, `environment`, or the namespace above that has it. */
  from: string
}

/** All names that flows of a namespace can use, each once: the nearest counts. */
export function listed(namespace: string, stored: readonly Secret[], inherited: Readonly<Record<string, readonly string[]>>): Listed[] {
  const found = new Map<string, Listed>()
  const take = (item: Listed) => {
    const name = item.secret.key.toUpperCase()
    if (!found.has(name)) found.set(name, item)
  }
  const [own, environment] = [stored.filter((secret) => secret.namespace === namespace), stored.filter((secret) => !secret.namespace)]
  for (const secret of own) take({ secret, from: 'own' })
  const isEnvironment = new Set(environment.map(({ key }) => key.toUpperCase()))
  for (const parent of Object.keys(inherited).toSorted((a, b) => b.length - a.length)) {
    for (const key of inherited[parent] ?? []) if (!isEnvironment.has(key.toUpperCase())) take({ secret: { key, namespace: parent }, from: parent })
  }
  for (const secret of environment) take({ secret, from: 'environment' })
  return [...found.values()].toSorted((a, b) => a.secret.key.localeCompare(b.secret.key))
}
