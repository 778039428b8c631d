/** Other names for tasks and inputs, and for what refers to them. */

import { spliced, type Path, type Splice } from './reading'
import { valueAt, withValue } from './text'

const EXPRESSION = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g
const OF_TASKS: ReadonlySet<unknown> = new Set(['tasks', 'errors', 'finally', 'afterExecution'])
const WORD = /^[A-Za-z_]\w*$/

/** The text with another id for what is at a path, and for what refers to it: expressions, what other tasks of a Dag and other inputs depend on. */
export function renamed(source: string, path: Path, id: string): string {
  const old = valueAt(source, [...path, 'id'])
  const text = withValue(source, [...path, 'id'], id)
  if (typeof old !== 'string' || old === '' || old === id) return text
  if (path[0] === 'inputs' && path.length === 2) return withReferences(withNeeds(text, ['inputs'], ['dependsOn', 'inputs'], old, id), ['inputs'], old, id)
  return OF_TASKS.has(path[0]) ? withReferences(withNeeds(text, dagOf(path), ['dependsOn'], old, id), ['outputs', 'tasks'], old, id) : text
}

/** The list that a task of a Dag stands in, within an item that says what it depends on. */
const dagOf = (path: Path): Path => (path.at(-1) === 'task' ? path.slice(0, -2) : path.slice(0, -1))

function withNeeds(source: string, list: Path, needs: readonly string[], old: string, id: string): string {
  const items = valueAt(source, list)
  if (!Array.isArray(items)) return source
  return items.reduce<string>((text, item: unknown, index) => {
    const names = needs.reduce<unknown>((one, key) => (typeof one === 'object' && one !== null ? (one as Record<string, unknown>)[key] : undefined), item)
    if (!Array.isArray(names)) return text
    return names.reduce<string>((now, name, at) => (name === old ? withValue(now, [...list, index, ...needs, at], id) : now), text)
  }, source)
}

/** Names in expressions: `outputs.old` and `outputs['old']`, not within texts of the expression nor below something else. */
function withReferences(source: string, roots: readonly string[], old: string, id: string): string {
  const name = old.replace(/[^\w]/g, '\\$&')
  const quote = `(?:\\\\"|''|"|')`
  const reference = new RegExp(
    `(?<root>(?<![\\w.\\]-])(?:${roots.join('|')})\\s*)(?:\\.\\s*${name}(?![\\w-])|\\[(?<open>\\s*${quote})${name}(?<close>${quote}\\s*)\\])|(?<text>${quote}).*?\\k<text>`,
    'g',
  )
  const splices: Splice[] = []
  for (const { 0: expression, index: start } of source.matchAll(EXPRESSION)) {
    for (const { 0: found, index, groups = {} } of expression.matchAll(reference)) {
      const { root, open, close } = groups
      if (root === undefined) continue
      const from = start + index + root.length
      const text = open !== undefined && close !== undefined ? `[${open}${id}${close}]` : below(source, start, id)
      splices.push({ from, to: start + index + found.length, text })
    }
  }
  return spliced(source, ...splices)
}

/** A name that is no word stands in brackets, in other quotes than those around the expression. */
function below(source: string, expression: number, id: string): string {
  if (WORD.test(id)) return `.${id}`
  const line = source.slice(source.lastIndexOf('\n', expression) + 1, expression)
  const quote = /[:\-,[{]\s+'[^']*$/.test(line) ? '"' : "'"
  return `[${quote}${id}${quote}]`
}
