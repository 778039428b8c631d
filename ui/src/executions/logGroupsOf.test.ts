import { expect, test } from 'vitest'
import type { LogShare } from '../api/logs'
import { FEW_GROUPS, groupsOf, MOST_GROUPS } from './logGroupsOf'

const share = (taskRunId: string, errors = 0): LogShare => ({ taskRunId, taskId: 't', total: 3, warnings: 0, errors })
const many = (count: number) => Array.from({ length: count }, (_, number) => share(`r${number}`, number === 7 || number === 9 ? 1 : 0))

test('few are all open, that of the execution itself too', () => {
  const { shown, opened, more } = groupsOf([share('a'), { total: 1, warnings: 0, errors: 0 }], '')
  expect([shown.length, [...opened], more]).toEqual([2, ['a', ''], 0])
})

test('of many the first that has errors is open, and that of the marked line', () => {
  expect([...groupsOf(many(FEW_GROUPS + 20), '').opened]).toEqual(['r7'])
  expect([...groupsOf(many(FEW_GROUPS + 20), '2024-01-01T00:00:00+00:00~3~r2').opened]).toEqual(['r7', 'r2'])
})

test('a marked line is shown however many there are', () => {
  const { shown, more } = groupsOf(many(MOST_GROUPS + 10), `2024-01-01T00:00:00+00:00~3~r${MOST_GROUPS + 5}`)
  expect([shown.length, shown.at(-1)?.taskRunId, more]).toEqual([MOST_GROUPS + 1, `r${MOST_GROUPS + 5}`, 9])
})

test('a reader may want all of them open, those with errors, or none', () => {
  const open = (display: 'all' | 'failed' | 'none', marked = '') => [...groupsOf(many(20), marked, display).opened]
  expect(open('all')).toHaveLength(20)
  expect(open('failed')).toEqual(['r7', 'r9'])
  expect(open('none')).toEqual([])
  expect(open('none', '2024-01-01T00:00:00+00:00~3~r2')).toEqual(['r2'])
})

test('more of them are shown when they are asked for', () => {
  expect(groupsOf(many(MOST_GROUPS + 10), '', 'auto', 2 * MOST_GROUPS).more).toBe(0)
})
