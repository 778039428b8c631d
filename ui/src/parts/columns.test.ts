import { expect, test } from 'vitest'
import { shownOf, withColumn, type Column } from './columns'

const COLUMNS: readonly Column[] = [
  { id: 'id', title: 'Id', isFixed: true },
  { id: 'labels', title: 'Labels' },
  { id: 'revision', title: 'Revision', isExtra: true },
]
const ids = (chosen?: readonly string[]) => shownOf(COLUMNS, chosen).map(({ id }) => id)

test('a list begins with all but the extra columns', () => {
  expect(ids()).toEqual(['id', 'labels'])
})

test('a fixed column stays, columns keep their order, unknown ones are no columns', () => {
  expect(ids([])).toEqual(['id'])
  expect(ids(['revision', 'gone', 'labels'])).toEqual(['id', 'labels', 'revision'])
})

test('one column more or less', () => {
  expect(withColumn(COLUMNS, undefined, 'revision')).toEqual(['id', 'labels', 'revision'])
  expect(withColumn(COLUMNS, undefined, 'labels')).toEqual(['id'])
})
