/** Flows of the repository and awkward ones, for tests. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AWKWARD } from './awkward'
import type { Path } from './reading'

const REPOSITORY = resolve(import.meta.dirname, '../../..')

function yamlIn(folder: string): [string, string][] {
  return readdirSync(join(REPOSITORY, folder), { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile() && /\.ya?ml$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .map((path) => [path.slice(REPOSITORY.length + 1), readFileSync(path, 'utf8')])
}

export const FLOWS = [...['examples', 'tests/data'].flatMap(yamlIn), ...Object.entries(AWKWARD)]

export const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every path in a value, the lists and maps on the way too. */
export function pathsIn(value: unknown, above: Path = []): Path[] {
  const steps = Array.isArray(value) ? value.map((_, index) => index) : isMap(value) ? Object.keys(value) : []
  const child = (step: string | number) => (value as Record<string | number, unknown>)[step]
  return steps.flatMap((step) => [[...above, step], ...pathsIn(child(step), [...above, step])])
}

const MOST = 9

/** Some of many, evenly: every sort of place is in some flow. */
export const sampled = <Kind>(all: readonly Kind[]): Kind[] => all.filter((_, index) => index % Math.ceil(all.length / MOST) === 0)
