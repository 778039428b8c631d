/** Documentation as HTML, and what of it a search finds. */

import { documentReader } from '../parts/markdown'

export interface Heading {
  id: string
  text: string
  level: number
}

export interface Read {
  html: string
  headings: readonly Heading[]
}

/** As the pages of repositories name headings, so that links between documents lead to them. */
export const slugOf = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-')

const LINK = /^([\w-]+)\.md(#.*)?$/

/** Where a link of a document leads: to another one as a page; undefined for what is not shipped. */
export function addressOf(link: string, base: string): string | undefined {
  const found = LINK.exec(link)
  if (found) return `${base}${found[1]}${found[2] ?? ''}`
  return /^(https?:|mailto:|#)/i.test(link) ? link : undefined
}

/** @param base What stands before the names of documents in addresses. */
export function readDoc(text: string, base: string): Read {
  const headings: Heading[] = []
  const html = documentReader((link) => addressOf(link, base), (level, words) => {
    const slug = slugOf(words)
    const before = headings.filter(({ id }) => id === slug || id.startsWith(`${slug}-`)).length
    const id = headings.some(({ id: taken }) => taken === slug) ? `${slug}-${before}` : slug
    headings.push({ id, text: words, level })
    return id
  }).render(text)
  return { html, headings }
}

export interface Section {
  heading: string
  id: string
  text: string
}

const HEADING = /^#{1,3} +(.+)$/
const MARKS = /[`*|]|\[([^\]]*)\]\([^)]*\)/g

/** A document by its headings, as plain text. */
export function sectionsOf(text: string): Section[] {
  const sections: Section[] = []
  let isCode = false
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode
    const heading = isCode ? undefined : HEADING.exec(line)?.[1]?.replace(MARKS, '$1')
    if (heading !== undefined) sections.push({ heading, id: slugOf(heading), text: '' })
    const last = sections.at(-1)
    if (last && heading === undefined) last.text += `${line.replace(MARKS, '$1')} `
  }
  return sections
}

export interface Hit extends Section {
  name: string
  /** What stands around the words. */
  excerpt: string
}

const AROUND = 70

/** Sections that hold all words; those that have them in their heading come first. */
export function hitsIn(docs: ReadonlyMap<string, readonly Section[]>, wanted: string, most: number): Hit[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.length) return []
  const hits = [...docs].flatMap(([name, sections]) =>
    sections.filter(({ heading, text }) => words.every((word) => `${heading} ${text}`.toLowerCase().includes(word))).map((section) => ({ ...section, name, excerpt: excerptOf(section.text, words[0] as string) })),
  )
  const isNamed = ({ heading }: Hit) => words.every((word) => heading.toLowerCase().includes(word))
  return [...hits.filter(isNamed), ...hits.filter((hit) => !isNamed(hit))].slice(0, most)
}

function excerptOf(text: string, word: string): string {
  const at = Math.max(0, text.toLowerCase().indexOf(word))
  const [start, end] = [Math.max(0, at - AROUND), at + word.length + AROUND]
  return `${start > 0 ? '…' : ''}${text.slice(start, end).replace(/\s+/g, ' ').trim()}${end < text.length ? '…' : ''}`
}
