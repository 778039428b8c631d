import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { AWKWARD } from './awkward'
import { readingOf, type Path } from './reading'
import { replaced } from './replacing'
import { lineAt, pathAt, swapped, textAt, valueAt, withItem, without, withText, withValue } from './text'

const REPOSITORY = resolve(import.meta.dirname, '../../..')

function yamlIn(folder: string): [string, string][] {
  return readdirSync(join(REPOSITORY, folder), { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile() && /\.ya?ml$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .map((path) => [path.slice(REPOSITORY.length + 1), readFileSync(path, 'utf8')])
}

const FLOWS = [...['examples', 'tests/data'].flatMap(yamlIn), ...Object.entries(AWKWARD)]

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every path in a value, the lists and maps on the way too. */
function pathsIn(value: unknown, above: Path = []): Path[] {
  const steps = Array.isArray(value) ? value.map((_, index) => index) : isMap(value) ? Object.keys(value) : []
  const child = (step: string | number) => (value as Record<string | number, unknown>)[step]
  return steps.flatMap((step) => [[...above, step], ...pathsIn(child(step), [...above, step])])
}

const at = (value: unknown, path: Path): unknown => path.reduce<unknown>((one, step) => (one as Record<string | number, unknown> | undefined)?.[step], value)

/** A value with another at a path, or with none. */
function changed(value: unknown, [step, ...rest]: Path, now: (old: unknown) => unknown): unknown {
  if (step === undefined) return now(value)
  const copy: Record<string | number, unknown> = Array.isArray(value) ? ([...value] as unknown as Record<number, unknown>) : { ...(value as object) }
  const child = changed(copy[step], rest, now)
  if (child !== undefined) copy[step] = child
  else if (Array.isArray(copy)) copy.splice(step as number, 1)
  else delete copy[step]
  return copy
}

/** A value without what is at a path, and without the list that it was the last of. */
function lacking(value: unknown, path: Path): unknown {
  const list = at(value, path.slice(0, -1))
  return Array.isArray(list) && list.length === 1 ? lacking(value, path.slice(0, -1)) : changed(value, path, () => undefined)
}

const SAMPLES: unknown[] = ['plain', '{{ outputs.a.b }}', 'two\nlines\n', '  - a: b # no', '', 'yes', 12, true, null, ['a', { b: 'c' }], { id: 'x', list: ['y', 'z\n\n'] }, [], {}]
const ITEM = '# about it\nid: fresh\ntype: a.Log\nmessage: |\n  one\n\n  two\n'

describe.each(FLOWS)('%s', (_, source) => {
  const whole = valueAt(source, [])
  const paths = pathsIn(whole)
  const own = paths.filter((path) => lineAt(source, path) !== undefined)

  test('is read as it is', () => {
    for (const path of paths) expect(valueAt(source, path), path.join('.')).toEqual(at(whole, path))
  })

  test('each text stands alone and can be put back', () => {
    for (const path of own) {
      const text = textAt(source, path)
      if (!/^[^#]*[*]\w/.test(text)) expect(parse(text, { merge: true, logLevel: 'silent' }), path.join('.')).toEqual(at(whole, path))
      expect(replaced(readingOf(source), path, text), path.join('.')).toBe(source)
    }
  })

  test('each line leads to what it is of', () => {
    for (const path of own) {
      const line = lineAt(source, path) ?? 0
      const column = (source.split('\n')[line - 1] ?? '').length + 1
      expect(pathAt(source, { line, column }).slice(0, path.length).join('.').startsWith(path.slice(0, 1).join('.'))).toBe(true)
    }
  })

  test('a new item comes and goes without a trace', () => {
    for (const path of paths) {
      const list = at(whole, path)
      if (!Array.isArray(list)) continue
      for (let index = 0; index <= list.length; index++) {
        const more = withItem(source, path, index, ITEM)
        const expected = changed(whole, path, () => list.toSpliced(index, 0, { id: 'fresh', type: 'a.Log', message: 'one\n\ntwo\n' }))
        expect(valueAt(more, []), path.join('.')).toEqual(expected)
        expect(without(more, [...path, index])).toBe(source)
      }
    }
  })

  test('what is taken away is gone, and nothing else', () => {
    for (const path of own) expect(valueAt(without(source, path), []), path.join('.')).toEqual(lacking(whole, path))
  })

  test('other values take their places', () => {
    for (const path of own) {
      for (const sample of SAMPLES) {
        const now = withValue(source, path, sample)
        expect(valueAt(now, []), `${path.join('.')} = ${JSON.stringify(sample)}`).toEqual(changed(whole, path, () => sample))
        expect(valueAt(withValue(now, path, at(whole, path)), [])).toEqual(whole)
      }
      expect(withValue(source, path, at(whole, path))).toBe(source)
    }
  })

  test('new properties are added', () => {
    for (const path of [[], ...own]) {
      if (!isMap(at(whole, path))) continue
      for (const sample of SAMPLES) {
        const now = withValue(source, [...path, 'fresh'], sample)
        expect(valueAt(now, []), path.join('.')).toEqual(changed(whole, [...path, 'fresh'], () => sample))
      }
      expect(without(withValue(source, [...path, 'fresh'], 1), [...path, 'fresh']), path.join('.')).toBe(source)
    }
  })

  test('things change places and back', () => {
    for (const [one, other] of pairsOf(own)) {
      const now = swapped(source, one, other)
      const expected = changed(changed(whole, one, () => at(whole, other)), other, () => at(whole, one))
      expect(valueAt(now, []), `${one.join('.')} ${other.join('.')}`).toEqual(expected)
      expect(swapped(now, one, other), `${one.join('.')} ${other.join('.')}`).toBe(source)
    }
  })

  test('newlines of another kind stay', () => {
    const other = source.replaceAll('\n', '\r\n')
    const same = (text: string) => text.replaceAll('\r\n', '\n')
    for (const path of own) {
      expect(textAt(other, path)).toBe(textAt(source, path))
      for (const edit of [
        (text: string) => withValue(text, path, 'two\nlines'),
        (text: string) => withText(text, path, 'a: 1\nb: 2'),
        (text: string) => without(text, path),
      ]) {
        const now = edit(other)
        expect(same(now), path.join('.')).toBe(edit(source))
        expect(now.replaceAll('\r\n', '')).not.toContain('\n')
      }
    }
  })

  test('a newline that is not at the end stays away', () => {
    const bare = source.trimEnd()
    for (const path of own) expect(withValue(bare, path, 'x').trimEnd(), path.join('.')).toBe(withValue(source, path, 'x').trimEnd())
  })
})

/** Neighbours, and some that are further apart. */
function pairsOf(paths: readonly Path[]): [Path, Path][] {
  const isWithin = (one: Path, other: Path) => one.every((step, index) => step === other[index])
  return paths
    .flatMap((one, index) => [1, 2, 7, 20].map((far) => [one, paths[index + far]] as const))
    .filter((pair): pair is [Path, Path] => pair[1] !== undefined && !isWithin(pair[0], pair[1]) && !isWithin(pair[1], pair[0]))
}
