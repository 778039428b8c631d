import { describe, expect, test } from 'vitest'
import { isSeq } from 'yaml'
import { isInline } from './extents'
import { FLOWS, isMap, pathsIn, sampled } from './flows'
import { entryAt, isInFlow, readingOf, spliced, type Path } from './reading'
import { replacement } from './replacing'
import { valueOf } from './writing'
import { lineAt, pathAt, swapped, textAt, valueAt, withItem, without, withText, withValue } from './text'

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
/** A few of many, in turns. */
const some = <Kind>(all: readonly Kind[], turn: number): Kind[] => [0, 1, 2].flatMap((more) => all.slice((turn * 3 + more) % all.length).slice(0, 1))

const ITEM = '# about it\nid: fresh\ntype: a.Log\nmessage: |\n  one\n\n  two\n'

describe.each(FLOWS)('%s', { timeout: 60_000 }, (_, source) => {
  const whole = valueAt(source, [])
  const paths = pathsIn(whole)
  const own = paths.filter((path) => entryAt(readingOf(source), path))

  test('is read as it is', () => {
    for (const path of sampled(paths)) expect(valueAt(source, path), path.join('.')).toEqual(at(whole, path))
  })

  test('each text stands alone and can be put back', () => {
    for (const path of sampled(own)) {
      const text = textAt(source, path)
      expect(valueOf(text), path.join('.')).toEqual(at(whole, path))
      const entry = entryAt(readingOf(source), path)
      if (entry && !isInFlow(readingOf(source), path)) expect(spliced(source, replacement(readingOf(source), path, entry, text)), path.join('.')).toBe(source)
    }
  })

  test('a cursor leads to what it is in', () => {
    for (const path of sampled(own)) {
      const { start } = entryAt(readingOf(source), path) ?? { start: 0 }
      const before = source.slice(0, start).split('\n')
      const found = pathAt(source, { line: before.length, column: (before.at(-1) ?? '').length + 1 })
      expect(lineAt(source, path)).toBe(before.length)
      expect(found.slice(0, path.length).map(String), path.join('.')).toEqual(path.map(String))
    }
  })

  test('a new item comes and goes without a trace', () => {
    for (const path of sampled(paths)) {
      const list = at(whole, path)
      if (!Array.isArray(list)) continue
      for (let index = 0; index <= list.length; index++) {
        const more = withItem(source, path, index, ITEM)
        const expected = changed(whole, path, () => list.toSpliced(index, 0, { id: 'fresh', type: 'a.Log', message: 'one\n\ntwo\n' }))
        expect(valueAt(more, []), path.join('.')).toEqual(expected)
        if (list.length > 0) expect(without(more, [...path, index]), path.join('.')).toBe(source)
      }
    }
  })

  test('what is taken away is gone, and nothing else', () => {
    for (const path of sampled(own)) expect(valueAt(without(source, path), []), path.join('.')).toEqual(lacking(whole, path))
  })

  test('other values take their places', () => {
    for (const [turn, path] of sampled(own).entries()) {
      for (const sample of some(SAMPLES, turn)) {
        const now = withValue(source, path, sample)
        expect(valueAt(now, []), `${path.join('.')} = ${JSON.stringify(sample)}`).toEqual(changed(whole, path, () => sample))
        expect(valueAt(withValue(now, path, at(whole, path)), [])).toEqual(whole)
      }
      expect(withValue(source, path, at(whole, path))).toBe(source)
    }
  })

  test('new properties are added', () => {
    for (const [turn, path] of [[], ...sampled(own)].entries()) {
      if (!isMap(at(whole, path))) continue
      for (const sample of some(SAMPLES, turn)) {
        const now = withValue(source, [...path, 'fresh'], sample)
        expect(valueAt(now, []), path.join('.')).toEqual(changed(whole, [...path, 'fresh'], () => sample))
      }
      if (!isInFlow(readingOf(source), path)) expect(without(withValue(source, [...path, 'fresh'], 1), [...path, 'fresh']), path.join('.')).toBe(source)
    }
  })

  test('things change places and back', () => {
    for (const [one, other] of pairsOf(own)) {
      const now = swapped(source, one, other)
      const expected = changed(changed(whole, one, () => at(whole, other)), other, () => at(whole, one))
      expect(valueAt(now, []), `${one.join('.')} ${other.join('.')}`).toEqual(expected)
      const back = swapped(now, one, other)
      expect(valueAt(back, [])).toEqual(whole)
      if (isAlike(source, one, other)) expect(back, `${one.join('.')} ${other.join('.')}`).toBe(source)
    }
  })

  test('newlines of another kind stay', () => {
    const other = `${source.trimEnd()}\n`.replaceAll('\n', '\r\n')
    const same = (text: string) => text.replaceAll('\r\n', '\n')
    for (const path of sampled(own)) {
      expect(textAt(other, path)).toBe(textAt(source, path))
      for (const edit of [
        (text: string) => withValue(text, path, 'two\nlines'),
        (text: string) => withText(text, path, 'a: 1\nb: 2'),
        (text: string) => without(text, path),
      ]) {
        const now = edit(other)
        expect(same(now), path.join('.')).toBe(edit(same(other)))
        expect(now.replaceAll('\r\n', '')).not.toContain('\n')
      }
    }
  })

  test('a newline that is not at the end stays away', () => {
    const bare = source.trimEnd()
    for (const path of sampled(own)) expect(withValue(bare, path, 'x').trimEnd(), path.join('.')).toBe(withValue(source, path, 'x').trimEnd())
  })
})

/** Items of lists in lines, and texts beside each other, keep the way they are written. */
function isAlike(source: string, one: Path, other: Path): boolean {
  const [first, second] = [one, other].map((path) => entryAt(readingOf(source), path))
  const isItem = (entry: typeof first) => isSeq(entry?.parent) && !entry.parent.flow
  return isItem(first) && isItem(second) && first !== undefined && second !== undefined && !isInline(readingOf(source), first) && !isInline(readingOf(source), second)
}

/** Neighbours, and some that are further apart. */
function pairsOf(paths: readonly Path[]): [Path, Path][] {
  const isWithin = (one: Path, other: Path) => one.every((step, index) => step === other[index])
  return sampled(paths)
    .flatMap((one, index) => [1, 2, 7, 20].map((far) => [one, paths[index + far]] as const))
    .filter((pair): pair is [Path, Path] => pair[1] !== undefined && !isWithin(pair[0], pair[1]) && !isWithin(pair[1], pair[0]))
}
