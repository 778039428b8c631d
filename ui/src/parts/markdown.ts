import MarkdownIt from 'markdown-it'

// HTML in a text stays text; links lead to pages and mail, never to scripts; pictures of strangers are not fetched.
const reader = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable('image')

reader.validateLink = (address) => /^(https?:\/\/|mailto:|\/ui\/|#)/i.test(address.trim())
reader.renderer.rules.link_open = (tokens, index, options, _, self) => {
  tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow')
  tokens[index]?.attrSet('target', '_blank')
  return self.renderToken(tokens, index, options)
}

/** Markdown as HTML that holds only the elements that Markdown knows. */
export const htmlOf = (text: string, isInline = false): string => (isInline ? reader.renderInline(text) : reader.render(text))
