import { describe, expect, test } from 'vitest'
import { FLOWS, pathsIn, sampled } from './flows'
import { chunksOf } from './chunks'
import { lineAt, pathAt, swapped, textAt, valueAt, withItem, without, withText, withValue } from './text'

const HEAD = '# a long head\n'.repeat(1500)
const LINES = HEAD.split('\n').length - 1

/** What an edit gives, or what it says. */
function outcome(edit: () => unknown): unknown {
  try {
    return edit()
  } catch (error) {
    return String(error)
  }
}

describe.each(FLOWS)('%s', { timeout: 60_000 }, (_, source) => {
  const large = HEAD + source
  const paths = pathsIn(valueAt(source, []))
  const same = (edit: (text: string) => string, name: string) =>
    expect(outcome(() => edit(large).slice(HEAD.length)), name).toBe(outcome(() => edit(source)))

  test('of a large flow the same is read', () => {
    expect(valueAt(large, [])).toEqual(valueAt(source, []))
    for (const path of sampled(paths)) {
      expect(valueAt(large, path)).toEqual(valueAt(source, path))
      expect(textAt(large, path)).toBe(textAt(source, path))
      expect(lineAt(large, path)).toBe((lineAt(source, path) ?? 0) + LINES)
    }
    for (const [index, line] of sampled([...source.split('\n').entries()])) {
      for (const column of [1, 3, 5, line.length + 1]) {
        expect(pathAt(large, { line: index + 1 + LINES, column }), `${index} ${column}`).toEqual(pathAt(source, { line: index + 1, column }))
      }
    }
  })

  test('a large flow is changed alike', () => {
    for (const path of sampled(paths)) {
      const name = path.join('.')
      same((text) => withValue(text, path, 'two\nlines'), name)
      same((text) => withValue(text, path, { a: [1] }), name)
      same((text) => withText(text, path, '# c\n- a\n- b'), name)
      same((text) => without(text, path), name)
      same((text) => withValue(text, [...path, 'fresh'], 1), name)
      same((text) => withItem(text, path, 1, 'id: fresh'), name)
      same((text) => withItem(text, path.slice(0, -1), Number(path.at(-1) ?? 9) || 0, 'id: fresh'), name)
      for (const other of sampled(paths)) same((text) => swapped(text, path, other), `${name} ${other.join('.')}`)
    }
    same((text) => withItem(text, ['errors'], 0, 'id: fresh'), 'errors')
    same((text) => withValue(text, ['labels', 'fresh'], 'x'), 'labels')
    same((text) => withValue(text, ['variables', 'fresh'], 'x'), 'variables')
  })
})

const many = `id: many\nnamespace: a.b\ntasks:\n${Array.from({ length: 2000 }, (_, index) => `  - id: task${index}\n    type: a.Log\n    message: "{{ outputs.task${index}.value }}"\n\n`).join('')}`

test('an edit of a flow of 2,000 tasks reads few of them', () => {
  expect(chunksOf(many)?.bounds).toHaveLength(2001)
  const now = withValue(many, ['tasks', 1000, 'message'], 'hi')
  expect(now).toBe(many.replace('"{{ outputs.task1000.value }}"', '"hi"'))
  expect(without(withItem(now, ['tasks'], 77, 'id: fresh'), ['tasks', 77])).toBe(now)
  expect(lineAt(now, ['tasks', 1999, 'type'])).toBe(4 + 4 * 1999 + 1)
})

test.each(['id: x\ntasks:\n  - |\n    a\n  - "b\n- c\n  - d"\n', 'tasks:\n- a\n - b\n', 'x: "\ntasks:\n  - a\n  "\n', '{a: [\n- 1\n]}\n', 'a: 1\n---\nb: 1\n'])('%j is read as a whole', (source) => {
  expect(outcome(() => valueAt(HEAD + source, ['tasks', 1]))?.toString().replace(/Line \d+/, '')).toBe(outcome(() => valueAt(source, ['tasks', 1]))?.toString().replace(/Line \d+/, ''))
})
