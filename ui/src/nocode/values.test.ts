import { expect, test } from 'vitest'
import { choiceOf, ranked } from './choices'
import { firstSentence } from './hints'
import { withKey, withKeysSwapped } from './keys'
import { labelOf, shownAs, waysOf } from './looks'
import type { Shape } from './schema'
import { fieldOf, isLong } from './shape'
import { changedLines, numberIn, placeholderOf, writtenScalar } from './values'

const WHOLE: Shape = { kind: 'number', isWhole: true, least: 1, most: 9 }
const number = { shapes: [WHOLE], isDynamic: true, isRequired: false }

test('a number is read as it is meant', () => {
  expect([numberIn('3', number).value, numberIn(' ', number), numberIn('{{ x }}', number).value]).toEqual([3, { value: undefined }, '{{ x }}'])
  expect([numberIn('x', number).problem, numberIn('1.5', number).problem, numberIn('0', number).problem, numberIn('10', number).problem]).toEqual(['This is no number.', 'This is no whole number.', 'It is at least 1.', 'It is at most 9.'])
  expect(numberIn('', { ...number, isRequired: true }).problem).toBe('A number is needed.')
  expect(numberIn('{{ x }}', { ...number, isDynamic: false }).problem).toBe('This is no number.')
})

test('values are shown as they are written', () => {
  expect([writtenScalar('a'), writtenScalar(0), writtenScalar(false), writtenScalar(null), writtenScalar([1, 'a'])]).toEqual(['a', '0', 'false', '', '[ 1, a ]'])
  expect([placeholderOf({ default: 5, shapes: [] }), placeholderOf({ default: undefined, shapes: [{ kind: 'text', format: 'duration' }] })]).toEqual(['5', 'PT10M'])
  expect([isLong('script', undefined), isLong('name', 'a\nb'), isLong('name', 'a')]).toEqual([true, true, false])
})

const textOrList = (value: unknown) => fieldOf('commands', { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'string' }] }, value, true, {})
const ways = (value: unknown) => waysOf(textOrList(value), shownAs(textOrList(value), undefined)).map((way) => [way.label, way.value])

test('a value can be given in other ways, where it can be told in them', () => {
  expect(ways('a\nb')).toEqual([['As a list', ['a', 'b']], ['As YAML', undefined]])
  expect(ways(['a', 'b'])).toEqual([['As a text', 'a\nb'], ['As YAML', undefined]])
  expect(ways('{{ x }}')).toEqual([['As YAML', undefined]])
  expect(ways(undefined).map(([label]) => label)).toEqual(['As a text', 'As YAML'])
  const flag = fieldOf('disabled', { anyOf: [{ type: 'boolean' }], $dynamic: true }, true, false, {})
  expect(waysOf(flag, shownAs(flag, undefined)).map(({ label }) => label)).toEqual(['As an expression', 'As YAML'])
  expect(labelOf({ kind: 'any' })).toBe('As YAML')
})

test('what is wanted of a field holds as long as its value can be shown so', () => {
  const flag = (value: unknown) => fieldOf('disabled', { type: 'boolean', $dynamic: true }, value, false, {})
  expect([shownAs(flag(true), { kind: 'yaml' }).kind, shownAs(flag(true), { kind: 'expression' }).kind, shownAs(flag(true), undefined).kind, shownAs(flag([1]), { kind: 'expression' }).kind]).toEqual(['yaml', 'expression', 'switch', 'yaml'])
})

test('the best type comes first, older ones last', () => {
  const choices = [choiceOf('io.kestra.plugin.core.http.Request', 'Send a request.'), choiceOf('io.kestra.plugin.core.log.Log', 'Write messages to the log.'), choiceOf('io.kestra.plugin.core.debug.Echo', 'Write to the log; the older form of Log.'), choiceOf('io.kestra.plugin.core.log.Fetch', 'Read entries.'), choiceOf('io.kestra.core.tasks.Log', 'Log.')]
  const names = (text: string) => ranked(choices, text).map(({ name }) => name.replace('io.kestra.', ''))
  expect(names('log')).toEqual(['plugin.core.log.Log', 'plugin.core.log.Fetch', 'core.tasks.Log', 'plugin.core.debug.Echo'])
  expect(names('core fetch')).toEqual(['plugin.core.log.Fetch'])
  expect(names('nothing of it')).toEqual([])
})

test('a text ends its first sentence where a sentence ends', () => {
  expect(firstSentence('One `a. b` two. Three.')).toEqual({ first: 'One `a. b` two.', rest: 'Three.' })
  expect(firstSentence('Only this.')).toEqual({ first: 'Only this.', rest: '' })
  expect(firstSentence('A paragraph\n\nAnother.')).toEqual({ first: 'A paragraph', rest: 'Another.' })
})

const MAP = 'id: f\nenv: # those\n  A: x # first\n  B: "y"\n'

test('a name is changed where it stands, and nothing else', () => {
  expect(withKey(MAP, ['env', 'A'], 'C')).toBe('id: f\nenv: # those\n  C: x # first\n  B: "y"\n')
  expect(withKey(MAP, ['env', 'A'], 'yes: no')).toBe('id: f\nenv: # those\n  "yes: no": x # first\n  B: "y"\n')
  expect(withKey(MAP, ['env', 'None'], 'C')).toBe(MAP)
})

test('properties change places with their names', () => {
  expect(withKeysSwapped(MAP, ['env'], 'A', 'B')).toMatch(/B: "y".*\n {2}A: x/)
})

test('lines that differ are counted', () => {
  expect([changedLines('a\nb\nc', 'a\nx\ny'), changedLines('a', 'a')]).toEqual([2, 0])
})
