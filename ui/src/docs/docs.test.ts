import { expect, test } from 'vitest'
import { NAMES } from './files'
import { addressOf, hitsIn, readDoc, sectionsOf, slugOf } from './read'
import { docOf, DOCS } from './shelf'

test('every document is on the shelf, once', () => {
  expect(DOCS.map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted())
})

test('headings are named as links name them', () => {
  expect(slugOf('SLA and checks')).toBe('sla-and-checks')
  expect(slugOf('What `kv()` does, and why')).toBe('what-kv-does-and-why')
  const { html, headings } = readDoc('# One\n\n## Two\n\n## Two\n\n### `a.b`', '/docs/')
  expect(headings.map(({ id, level }) => `${level} ${id}`)).toEqual(['1 one', '2 two', '2 two-1', '3 ab'])
  expect(html).toContain('<h2 id="two-1"')
})

test('links lead to other documents, and nowhere else', () => {
  expect(addressOf('states.md', '/ui/docs/')).toBe('/ui/docs/states')
  expect(addressOf('security.md#files', '/ui/docs/')).toBe('/ui/docs/security#files')
  expect(addressOf('#here', '/ui/docs/')).toBe('#here')
  expect(addressOf('../deploy/compose.yaml', '/ui/docs/')).toBeUndefined()
  expect(addressOf('javascript:alert(1)', '/ui/docs/')).toBeUndefined()
  const { html } = readDoc('[a](states.md), [b](../x.yaml), <b>c</b>', '/ui/docs/')
  expect(html).toContain('<a href="/ui/docs/states">a</a>')
  expect(html).not.toContain('x.yaml"')
  expect(html).not.toContain('<b>')
})

test('a search finds sections, those that are called so first', () => {
  const docs = new Map([['flow', sectionsOf('# Flows\nA retry may be given.\n## Retry\nHow `often`.\n```\n# no heading\n```\n')]])
  expect(hitsIn(docs, 'retry', 9).map(({ id }) => id)).toEqual(['retry', 'flows'])
  expect(hitsIn(docs, 'often how', 9)[0]).toMatchObject({ name: 'flow', heading: 'Retry', excerpt: 'How often. # no heading' })
  expect(hitsIn(docs, '  ', 9)).toEqual([])
})

test('a page has a document that helps on it', () => {
  expect(docOf('/flows/edit/a/b/triggers')).toBe('schedules')
  expect(docOf('/flows/edit/a/b/editor')).toBe('flow')
  expect(docOf('/executions/a/b/c/outputs')).toBe('expressions')
  expect(docOf('/data')).toBe('pages')
})
