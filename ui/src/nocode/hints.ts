/** The first sentence of a text, and what follows; an abbreviation or a dot within code ends none. */
export function firstSentence(text: string): { first: string; rest: string } {
  const paragraph = /\n\s*\n/.exec(text)?.index ?? text.length
  let isCode = false
  for (let at = 0; at < paragraph; at += 1) {
    if (text[at] === '`') isCode = !isCode
    if (!isCode && /[.]/.test(text[at] as string) && /^\s+\S/.test(text.slice(at + 1))) return { first: text.slice(0, at + 1), rest: text.slice(at + 1).trim() }
  }
  return { first: text.slice(0, paragraph).trim(), rest: text.slice(paragraph).trim() }
}
