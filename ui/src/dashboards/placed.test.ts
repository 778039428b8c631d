import { expect, test } from 'vitest'
import { placed } from './placed'

const SOURCE = 'title: x\ncharts:\n  - id: a\n    type: Bar\n    data:\n      type: Nothing\n'
const of = (path: string, more = {}) => placed(SOURCE, { index: 0, outdated: false, problems: [{ message: 'wrong', path, ...more }] }).problems?.[0]

test.each([['charts[0].data.type', 6, 13], ['charts[0].data.columns.x', 6, 7], ['charts[0]', 3, 5]])('%s stands where it is written', (path, line, column) => {
  expect(of(path)).toMatchObject({ line, column })
})

test('what is nowhere has no place, and a told place is kept', () => {
  expect(of('timeWindow.max')).toEqual({ message: 'wrong', path: 'timeWindow.max' })
  expect(of('title', { line: 9, column: 2 })).toMatchObject({ line: 9, column: 2 })
})
