import { t } from '../language'

interface Doc {
  /** Of the file, and in the address. */
  name: string
  title: string
}

/** The documentation in the order in which it is to be read. The pages themselves are English. */
export const SHELF: readonly { title: string; docs: readonly Doc[] }[] = [
  {
    title: t`Flows`,
    docs: [
      { name: 'flow', title: t`Flows` },
      { name: 'expressions', title: t`Expressions` },
      { name: 'schedules', title: t`Schedules, triggers and backfills` },
      { name: 'states', title: t`States and operations` },
      { name: 'plugins', title: t`Plugins` },
    ],
  },
  {
    title: t`Using it`,
    docs: [
      { name: 'pages', title: t`The pages` },
      { name: 'cli', title: t`Command line` },
      { name: 'api', title: t`REST API` },
      { name: 'coming-from-kestra', title: t`Coming from Kestra` },
    ],
  },
  {
    title: t`Running it`,
    docs: [
      { name: 'configuration', title: t`Configuration` },
      { name: 'security', title: t`Security` },
      { name: 'scale', title: t`Scale` },
      { name: 'performance', title: t`Performance` },
      { name: 'faults', title: t`Faults` },
    ],
  },
  {
    title: t`Inside`,
    docs: [
      { name: 'architecture', title: t`Architecture` },
      { name: 'engine', title: t`The engine` },
      { name: 'differences', title: t`Differences from the original` },
      { name: 'better', title: t`Better than the original` },
    ],
  },
]

export const DOCS: readonly Doc[] = SHELF.flatMap(({ docs }) => docs)

export const FIRST = 'flow'

/** What a page of the application is about, by how its address begins; the first that fits. */
const ABOUT: readonly [pattern: RegExp, name: string][] = [
  [/^\/flows\/edit\/[^/]+\/[^/]+\/triggers|^\/admin\/triggers/, 'schedules'],
  [/^\/flows|^\/blueprints/, 'flow'],
  [/^\/executions\/.*\/outputs/, 'expressions'],
  [/^\/executions/, 'states'],
  [/^\/plugins/, 'plugins'],
  [/^\/health|^\/settings/, 'configuration'],
]

/** The documentation that helps on a page, whose address is without what stands before all of them. */
export const docOf = (path: string): string => ABOUT.find(([pattern]) => pattern.test(path))?.[1] ?? 'pages'
