import { expect, test } from 'vitest'
import { readChoices } from './listChoices'

test('what is kept of a list is taken as far as it fits', () => {
  const [searches, empty] = [[], { searches: [] }]
  const nothing = { executions: empty, flows: empty, logs: empty, triggers: empty }
  expect(readChoices(null)).toEqual(nothing)
  expect(readChoices('{oops')).toEqual({})
  expect(readChoices('null')).toEqual(nothing)
  expect(readChoices('{"executions": 7, "flows": {"columns": "id"}}')).toEqual(nothing)
  expect(readChoices('{"flows": {"hidesChart": true}, "executions": {"hidesChart": 1}}')).toEqual({ ...nothing, flows: { hidesChart: true, searches } })
  expect(readChoices('{"executions": {"columns": ["id", 3, "labels"]}}')).toEqual({ ...nothing, executions: { columns: ['id', 'labels'], searches } })
})
