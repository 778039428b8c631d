import { expect, test } from 'vitest'
import { isAtHand, readInPieces, whenAtHand } from './pieces'
import { isKept, readingOf } from './reading'
import { UnreadableText, valueAt } from './text'

const LONG = `id: f\ntasks:\n${[...Array(1000).keys()].map((n) => `  - id: t${n} # ${n}\n    message: "m ${n}"\n`).join('')}`

test('a long text is read in pieces, and as at once', async () => {
  expect([isAtHand('id: f'), isAtHand(LONG)]).toEqual([true, false])
  await readInPieces(LONG, () => true)
  expect([isKept(LONG), isAtHand(LONG)]).toEqual([true, true])
  const pieces = readingOf(LONG)
  const { document } = readingOf(`${LONG} `)
  expect(pieces.document.toJS()).toEqual(document.toJS())
  expect(String(pieces.document)).toBe(String(document))
})

test('what nobody wants any more is left', async () => {
  const source = `${LONG}# other\n`
  await readInPieces(source, () => false)
  expect(isKept(source)).toBe(false)
})

test('a text that cannot be read says so each time', async () => {
  const source = `${LONG}  - [\n`
  await readInPieces(source, () => true)
  expect(isKept(source)).toBe(true)
  expect(() => valueAt(source, [])).toThrow(UnreadableText)
  expect(() => valueAt('a: [', [])).toThrow(UnreadableText)
  expect(() => valueAt('a: [', [])).toThrow(UnreadableText)
})

test('what waits for a text is done once, or called off', async () => {
  const done: string[] = []
  whenAtHand('id: f', () => done.push('short'))
  expect(done).toEqual(['short'])
  const source = `${LONG}# third\n`
  whenAtHand(source, () => done.push('never'))()
  await new Promise<void>((resolve) => void whenAtHand(source, resolve))
  expect(done).toEqual(['short'])
  expect(isKept(source)).toBe(true)
})
