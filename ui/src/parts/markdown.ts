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
