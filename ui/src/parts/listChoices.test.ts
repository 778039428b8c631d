import { expect, test } from 'vitest'
import { readChoices } from './listChoices'

test('what is kept of a list is taken as far as it fits', () => {
  const nothing = { executions: {}, flows: {} }
  expect(readChoices(null)).toEqual(nothing)
  expect(readChoices('{oops')).toEqual({})
  expect(readChoices('null')).toEqual(nothing)
  expect(readChoices('{"executions": 7, "flows": {"columns": "id"}}')).toEqual(nothing)
  expect(readChoices('{"flows": {"hidesChart": true}, "executions": {"hidesChart": 1}}')).toEqual({ executions: {}, flows: { hidesChart: true } })
  expect(readChoices('{"executions": {"columns": ["id", 3, "labels"]}}')).toEqual({ executions: { columns: ['id', 'labels'] }, flows: {} })
})
