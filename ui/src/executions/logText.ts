/** Log messages as pieces to draw: text of users, so nothing of it is ever markup. */

// Colour codes of terminals, which scripts print.
const ANSI = /\u001b\[[0-9;?]*[A-Za-z]/g
// What tasks that start executions write into their log.
const LINK = /\[\[link execution="([\w-]+)" flowId="([\w.-]+)" namespace="([\w.-]+)"\]\]/
const FILE = /kestra:\/\/\/[^\s"'<>\])},]+/g

interface Piece {
  text: string
  kind: 'text' | 'file' | 'hit' | 'execution'
  /** Where the page of an execution is. */
  address?: string
}

export function piecesOf(message: string, search: string): Piece[] {
  const text = message.replace(ANSI, '')
  const link = LINK.exec(text)
  if (!link) return withFiles(text, search)
  const [all, id, flowId, namespace] = link
  return [
    ...withFiles(text.slice(0, link.index), search),
    { text: `${flowId} ${id}`, kind: 'execution', address: `/executions/${namespace}/${flowId}/${id}` },
    ...withFiles(text.slice(link.index + all.length), search),
  ]
}

function withFiles(text: string, search: string): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const found of text.matchAll(FILE)) {
    pieces.push(...marked(text.slice(from, found.index), search), { text: found[0], kind: 'file' })
    from = found.index + found[0].length
  }
  return [...pieces, ...marked(text.slice(from), search)]
}

function marked(text: string, search: string): Piece[] {
  if (!text) return []
  if (!search) return [{ text, kind: 'text' }]
  const pieces: Piece[] = []
  const [where, what] = [text.toLowerCase(), search.toLowerCase()]
  let from = 0
  for (let hit = where.indexOf(what); hit >= 0; hit = where.indexOf(what, from)) {
    if (hit > from) pieces.push({ text: text.slice(from, hit), kind: 'text' })
    pieces.push({ text: text.slice(hit, hit + what.length), kind: 'hit' })
    from = hit + what.length
  }
  if (from < text.length) pieces.push({ text: text.slice(from), kind: 'text' })
  return pieces
}
