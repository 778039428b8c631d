import { expect, test } from 'vitest'
import { htmlOf } from './markdown'

test.each(['<img src=x onerror=alert(1)>', '<script>alert(1)</script>', '<a href="javascript:alert(1)">x</a>'])('HTML stays text: %s', (text) => {
  expect(htmlOf(text)).not.toMatch(/<(img|script|a)\b/)
})

test.each(['[x](javascript:alert(1))', '[x](data:text/html,hi)', '[x](vbscript:x)', '<javascript:alert(1)>', '[x]( &#106;avascript:alert(1))'])('no link leads to a script: %s', (text) => {
  expect(htmlOf(text)).not.toContain('<a ')
})

test('a stranger learns nothing: pictures are not fetched, links say nothing of where they come from', () => {
  expect(htmlOf('![seen](https://example.org/pixel.png)')).not.toContain('<img')
  expect(htmlOf('[docs](https://example.org)')).toContain('rel="noopener noreferrer nofollow"')
})

test('what Markdown knows is rendered', () => {
  expect(htmlOf('**bold** and `code`')).toContain('<strong>bold</strong> and <code>code</code>')
  expect(htmlOf('one *word*', true)).toBe('one <em>word</em>')
})
