/**
 * Reads the sources of the pages: which texts they translate, and which they do not. For tests and `ui/texts.ts`, not for the pages.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor, type ESTree } from 'vite'
import { CALLS, CODE_ELEMENTS, isAllowed, TEXT_NAMES } from './allowed.ts'
import { keyOf } from './index.ts'

export interface Found {
  text: string
  path: string
  line: number
}

/** A text of the code; `isCounted` where its form depends on a number. */
export interface Key extends Found {
  isCounted: boolean
}

export interface Reading {
  keys: Key[]
  /** Texts that are the same in every language, though people read them. */
  untranslated: Found[]
  /** What keeps a text from being found: keys that are made when the page runs. */
  unreadable: Found[]
}

type Node = ESTree.Node

const TAGS = ['t', 'rich']
const COMPARING = ['===', '!==']
const WORD = /\p{L}{2}/u
const SENTENCE = /^\p{Lu}\S*\s.*\p{L}/su
/** A word that something is put after. */
const BEGUN = /^\p{Lu}\p{Ll}+[ :]+\{0\}/u
const NAME = /^\p{Lu}\p{Ll}+$/u

/** What one source says, `path` being its name in what is found. */
export function readSource(path: string, source: string): Reading {
  const reading: Reading = { keys: [], untranslated: [], unreadable: [] }
  const at = (node: Node, text: string): Found => ({ text, path, line: source.slice(0, node.start).split('\n').length })
  const seen = new Set<number>()
  const tell = (node: Node, text: string) => {
    if (seen.has(node.start) || isAllowed(text, path)) return
    seen.add(node.start)
    reading.untranslated.push(at(node, text))
  }
  const shown = (node: Node | null | undefined) => {
    for (const { node: text, value } of textsOf(node)) if (WORD.test(value.replaceAll(/\{\d+\}/g, ''))) tell(text, value)
  }
  const { program } = parseSync(path, source)
  const skipped = new Set<Node>()
  new Visitor({
    TaggedTemplateExpression(node) {
      if (node.tag.type !== 'Identifier' || !TAGS.includes(node.tag.name)) return
      skipped.add(node.quasi)
      reading.keys.push({ ...at(node, keyOf(cooked(node.quasi))), isCounted: false })
      for (const value of node.quasi.expressions) shown(value)
    },
    CallExpression(node) {
      if (node.callee.type !== 'Identifier') return
      if (node.callee.name === 'counted') count(node)
      else if (CALLS.includes(node.callee.name)) shown(node.arguments[0])
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name.endsWith('Error')) for (const argument of node.arguments) shown(argument)
    },
    JSXElement(node) {
      if (isCode(node)) return
      for (const child of node.children) shown(child)
    },
    JSXFragment(node) {
      for (const child of node.children) shown(child)
    },
    JSXAttribute(node) {
      if (node.name.type === 'JSXIdentifier' && TEXT_NAMES.includes(node.name.name)) shown(node.value)
    },
    Property(node) {
      const name = node.key.type === 'Identifier' ? node.key.name : node.key.type === 'Literal' ? String(node.key.value) : ''
      if (TEXT_NAMES.includes(name)) shown(node.value)
      if (node.key.type === 'Literal') skipped.add(node.key)
    },
    BinaryExpression(node) {
      // What is compared is a name that the code knows.
      if (COMPARING.includes(node.operator)) for (const side of [node.left, node.right]) skipped.add(side)
    },
    ImportDeclaration(node) {
      skipped.add(node.source)
    },
    SwitchCase(node) {
      if (node.test) skipped.add(node.test)
    },
    TSLiteralType(node) {
      skipped.add(node.literal)
    },
    Literal(node) {
      if (typeof node.value === 'string' && !skipped.has(node) && (SENTENCE.test(node.value) || NAME.test(node.value))) tell(node, node.value)
    },
    TemplateLiteral(node) {
      const text = keyOf(cooked(node))
      if (!skipped.has(node) && (SENTENCE.test(text.replaceAll(/\{\d+\}/g, '')) || BEGUN.test(text))) tell(node, text)
    },
  }).visit(program)
  return reading

  function count(node: ESTree.CallExpression): void {
    const [, one, many] = node.arguments
    if (!isText(one) || (many && !isText(many))) {
      reading.unreadable.push(at(node, source.slice(node.start, node.end)))
      return
    }
    skipped.add(one)
    if (many) skipped.add(many)
    reading.keys.push({ ...at(node, `${one.value}|${many ? many.value : `${one.value}s`}`), isCounted: true })
  }
}

const cooked = (node: ESTree.TemplateLiteral): string[] => node.quasis.map(({ value }) => value.cooked ?? value.raw)

const isText = (node: Node | undefined): node is ESTree.StringLiteral => node?.type === 'Literal' && typeof node.value === 'string'

const isCode = ({ openingElement: { name } }: ESTree.JSXElement): boolean => name.type === 'JSXIdentifier' && CODE_ELEMENTS.includes(name.name)

/** The texts that an expression may come to, so far as they stand in it. */
function textsOf(node: Node | null | undefined): { node: Node; value: string }[] {
  switch (node?.type) {
    case 'Literal':
      return typeof node.value === 'string' ? [{ node, value: node.value }] : []
    case 'JSXText':
      return [{ node, value: node.value.replace(/&\w+;/g, ' ').trim() }]
    case 'TemplateLiteral':
      return [{ node, value: keyOf(cooked(node)) }, ...node.expressions.flatMap(textsOf)]
    case 'JSXExpressionContainer':
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
      return textsOf(node.expression)
    case 'ConditionalExpression':
      return [...textsOf(node.consequent), ...textsOf(node.alternate)]
    case 'LogicalExpression':
      return [...textsOf(node.left), ...textsOf(node.right)]
    case 'BinaryExpression':
      return node.operator === '+' ? [...textsOf(node.left), ...textsOf(node.right)] : []
    case 'ArrayExpression':
      return node.elements.flatMap(textsOf)
    default:
      return []
  }
}

/** What all sources below a folder say, tests aside. */
export function readSources(folder: string): Reading {
  const readings = readdirSync(folder, { recursive: true, encoding: 'utf-8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.(test|d)\.tsx?$/.test(name))
    .sort()
    .map((name) => readSource(name, readFileSync(join(folder, name), 'utf-8')))
  return {
    keys: readings.flatMap(({ keys }) => keys),
    untranslated: readings.flatMap(({ untranslated }) => untranslated),
    unreadable: readings.flatMap(({ unreadable }) => unreadable),
  }
}
