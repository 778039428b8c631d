import { expect, test } from 'vitest'
import { pathOf, placeAtEnd } from './place'

test.each([
  ['no expression at all', undefined],
  ['closed {{ inputs.a }} again', undefined],
  ['{{ ', { kind: 'name', prefix: '' }],
  ['{{ inp', { kind: 'name', prefix: 'inp' }],
  ['{{ a ?? fl', { kind: 'name', prefix: 'fl' }],
  ['{{ inputs.', { kind: 'member', path: ['inputs'], prefix: '', isSubscript: false }],
  ['{{ outputs.load.ro', { kind: 'member', path: ['outputs', 'load'], prefix: 'ro', isSubscript: false }],
  ["{{ outputs['my-task'].", { kind: 'member', path: ['outputs', 'my-task'], prefix: '', isSubscript: false }],
  ['{{ outputs.load[taskrun.value].u', { kind: 'member', path: ['outputs', 'load', ''], prefix: 'u', isSubscript: false }],
  ["{{ outputs['my", { kind: 'member', path: ['outputs'], prefix: 'my', isSubscript: true }],
  ['{{ inputs.city | up', { kind: 'filter', prefix: 'up' }],
  ['{{ inputs.city|', { kind: 'filter', prefix: '' }],
  ['{{ inputs.city is not em', { kind: 'test', prefix: 'em' }],
  ['{% i', { kind: 'tag', prefix: 'i' }],
  ['{% if inputs.', { kind: 'member', path: ['inputs'], prefix: '', isSubscript: false }],
  ["{{ secret('PASS", { kind: 'argument', name: 'secret', prefix: 'PASS' }],
  ['{{ kv("', { kind: 'argument', name: 'kv', prefix: '' }],
  ["{{ 'it is ", undefined],
  ["{{ 'closed' ~ vars.", { kind: 'member', path: ['vars'], prefix: '', isSubscript: false }],
  ['{{ max(3, in', { kind: 'name', prefix: 'in' }],
  ['a {{ b }} and {{ flow.', { kind: 'member', path: ['flow'], prefix: '', isSubscript: false }],
] as const)('%s', (text, place) => {
  expect(placeAtEnd(text)).toEqual(place)
})

test('an expression may span lines', () => {
  expect(placeAtEnd('x: |\n  {{\n    outputs\n  .load')).toBeUndefined()
  expect(placeAtEnd('x: |\n  {{\n    outputs.load')).toEqual({ kind: 'member', path: ['outputs'], prefix: 'load', isSubscript: false })
})

test('computed steps of a path are unknown', () => {
  expect(pathOf("a.b[0]['c d'][x.y]")).toEqual(['a', 'b', '0', 'c d', ''])
})
