import MarkdownIt from 'markdown-it'
import { ROOT } from '../api/root'

// HTML in a text stays text; links lead to pages and mail, never to scripts; pictures of strangers are not fetched.
const reader = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable('image')

reader.validateLink = (address) => /^(https?:\/\/|mailto:|\/ui\/|#)/i.test(address.trim())
reader.renderer.rules.link_open = (tokens, index, options, _, self) => {
  const token = tokens[index]
  const address = token?.attrGet('href')
  if (address?.startsWith('/ui/')) token?.attrSet('href', ROOT + address)
  token?.attrSet('rel', 'noopener noreferrer nofollow')
  token?.attrSet('target', '_blank')
  return self.renderToken(tokens, index, options)
}

/** Markdown as HTML that holds only the elements that Markdown knows. */
export const htmlOf = (text: string, isInline = false): string => (isInline ? reader.renderInline(text) : reader.render(text))

/**
 * Reads whole documents of ours: their headings get ids, their links lead where `addressOf` says, and without an address they are text.
 *
 * @param nameOf Is told of a heading by its level and words, and gives its id.
 */
export function documentReader(addressOf: (link: string) => string | undefined, nameOf: (level: number, words: string) => string): MarkdownIt {
  const documents = new MarkdownIt({ html: false, linkify: false }).disable('image')
  documents.validateLink = (link) => addressOf(link) !== undefined
  documents.renderer.rules.link_open = (tokens, index, options, _, self) => {
    const token = tokens[index]
    const address = addressOf(token?.attrGet('href') ?? '') ?? ''
    token?.attrSet('href', address)
    if (/^https?:/i.test(address)) {
      token?.attrSet('rel', 'noopener noreferrer')
      token?.attrSet('target', '_blank')
    }
    return self.renderToken(tokens, index, options)
  }
  // What is wider than its place is scrolled, by keys too.
  documents.renderer.rules.fence = documents.renderer.rules.code_block = (tokens, index) => `<pre tabindex="0"><code>${documents.utils.escapeHtml(tokens[index]?.content ?? '')}</code></pre>`
  documents.renderer.rules.table_open = () => '<div class="wide" tabindex="0"><table>'
  documents.renderer.rules.table_close = () => '</table></div>'
  documents.renderer.rules.heading_open = (tokens, index, options, _, self) => {
    const token = tokens[index]
    const words = (tokens[index + 1]?.children ?? []).filter(({ type }) => type === 'text' || type === 'code_inline').map(({ content }) => content).join('')
    token?.attrSet('id', nameOf(Number(token.tag.slice(1)), words))
    return self.renderToken(tokens, index, options)
  }
  return documents
}
