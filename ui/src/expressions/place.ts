/** What is being written where a cursor stands in a text with expressions. */

/** How far an expression reaches back at most. */
const REACH = 4000

export type Place =
  /** A name at the beginning of a path, of a function too. */
  | { kind: 'name'; prefix: string }
  /** What stands behind a dot or an opened subscript, and the path before it. */
  | { kind: 'member'; path: string[]; prefix: string; isSubscript: boolean }
  | { kind: 'filter' | 'test' | 'tag'; prefix: string }
  /** Within the quotes of the first argument of a function. */
  | { kind: 'argument'; name: string; prefix: string }

const FILTER = /\|\s*(\w*)$/
const TEST = /\bis\s+(?:not\s+)?(\w*)$/
const TAG = /^\s*-?\s*(\w*)$/
const MEMBER = /((?:[A-Za-z_]\w*)(?:\.\w+|\[[^[\]]*\])*)\.(\w*)$/
const SUBSCRIPT = /((?:[A-Za-z_]\w*)(?:\.\w+|\[[^[\]]*\])*)\[$/
const ARGUMENT = /(\w+)\(\s*$/
const NAME = /(?:^|[^\w.'"])([A-Za-z_]\w*)?$/
const STEP = /\.(\w+)|\[([^[\]]*)\]/g
const QUOTED = /^(['"])(.*)\1$/

/** The place at the end of a text; undefined outside of expressions and where nothing can be offered. */
export function placeAtEnd(before: string): Place | undefined {
  const opened = openedIn(before.slice(-REACH))
  if (!opened) return undefined
  const { inner, isTag } = opened
  const { code, quoted } = unquoted(inner)
  if (quoted !== undefined) return inQuotes(code, quoted)
  const tag = isTag ? TAG.exec(inner)?.[1] : undefined
  if (tag !== undefined) return { kind: 'tag', prefix: tag }
  const member = MEMBER.exec(inner)
  if (member) return { kind: 'member', path: pathOf(member[1] as string), prefix: member[2] as string, isSubscript: false }
  for (const [kind, pattern] of [['filter', FILTER], ['test', TEST]] as const) {
    const found = pattern.exec(inner)
    if (found) return { kind, prefix: found[1] as string }
  }
  const name = NAME.exec(inner)
  return name ? { kind: 'name', prefix: name[1] ?? '' } : undefined
}

/** What stands between the last opening braces and the end, unless they are closed. */
function openedIn(text: string): { inner: string; isTag: boolean } | undefined {
  const [output, tag] = [text.lastIndexOf('{{'), text.lastIndexOf('{%')]
  const start = Math.max(output, tag)
  if (start < 0) return undefined
  const inner = text.slice(start + 2)
  return /\}\}|%\}/.test(inner) ? undefined : { inner, isTag: tag > output }
}

/** Code without its closed texts, and what is in a text that is still open. */
function unquoted(inner: string): { code: string; quoted?: string } {
  let open: string | undefined
  let start = 0
  for (let at = 0; at < inner.length; at += 1) {
    const sign = inner[at] as string
    if (open === undefined && (sign === "'" || sign === '"')) [open, start] = [sign, at]
    else if (sign === open && inner[at - 1] !== '\\') open = undefined
  }
  return open === undefined ? { code: inner } : { code: inner.slice(0, start), quoted: inner.slice(start + 1) }
}

function inQuotes(code: string, quoted: string): Place | undefined {
  const subscript = SUBSCRIPT.exec(code)
  if (subscript) return { kind: 'member', path: pathOf(subscript[1] as string), prefix: quoted, isSubscript: true }
  const argument = ARGUMENT.exec(code)
  return argument ? { kind: 'argument', name: argument[1] as string, prefix: quoted } : undefined
}

/** `outputs.load['eu'].uri` as its steps; a computed one is empty. */
export function pathOf(text: string): string[] {
  const root = /^\w+/.exec(text)?.[0] ?? ''
  return [root, ...[...text.matchAll(STEP)].map(([, plain, computed]) => plain ?? QUOTED.exec(computed ?? '')?.[2] ?? (/^\d+$/.test(computed ?? '') ? (computed as string) : ''))]
}
