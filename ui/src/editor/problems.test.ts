import { expect, test } from 'vitest'
import { marksOf } from './problems'

test('problems stand where they are, with their hint', () => {
  const problems = [{ message: 'Invalid type: x', path: 'tasks[0].type', line: 4, column: 11, hint: 'did you mean y?' }]
  expect(marksOf({ index: 0, outdated: false, constraints: 'whatever', problems })).toEqual([
    { severity: 'error', message: 'tasks[0].type: Invalid type: x (did you mean y?)', line: 4, column: 11 },
  ])
})

test('warnings that tell their place are put there', () => {
  expect(marksOf({ index: 0, outdated: false, warnings: ['7:3: unknown input', 'deprecated'] })).toEqual([
    { severity: 'warning', message: 'unknown input', line: 7, column: 3 },
    { severity: 'warning', message: 'deprecated', line: 1, column: 1 },
  ])
})

test('nothing is wrong with what was not checked', () => expect(marksOf(undefined)).toEqual([]))
