import { expect, test } from 'vitest'
import { bookmarkOf, isAmong, readBookmarks, toggled } from './bookmarks'

const failures = bookmarkOf('/executions', { state: ['FAILED', 'KILLED'], page: '3' }, 'Executions')

test('a bookmark has the filters of a page, not the place in its list', () => {
  expect(failures).toEqual({ to: '/executions', search: { state: ['FAILED', 'KILLED'] }, title: 'Executions · FAILED · KILLED' })
})

test('the same page is bookmarked once, and let go of', () => {
  const flows = bookmarkOf('/flows', {}, 'Flows')
  expect(isAmong(toggled([flows], failures), failures)).toBe(true)
  expect(toggled([flows, failures], bookmarkOf('/executions', { state: ['FAILED', 'KILLED'] }, 'renamed'))).toEqual([flows])
})

test('what is kept is taken as far as it fits', () => {
  expect(readBookmarks(JSON.stringify([failures]))).toEqual([failures])
  expect(readBookmarks('{"a": 1}')).toEqual([])
  expect(readBookmarks('oops')).toEqual([])
  expect(readBookmarks('[{"to": "//evil.example", "title": "x"}, {"to": "javascript:1", "title": "x"}, null, {"to": "/flows"}]')).toEqual([])
})
