import { expect, test } from 'vitest'
import { FollowedExecution } from './followed'

const run = (id: string, current = 'RUNNING') => ({ id, state: { current } })
const told = (current: string, ...taskRunList: object[]) => JSON.stringify({ id: 'e', state: { current }, taskRunList })
const shown = (followed: FollowedExecution) => followed.now()?.taskRunList?.map(({ id, state }) => `${id} ${state.current}`)

test('what has changed takes its place, what is new comes at the end', () => {
  const followed = new FollowedExecution()
  followed.take(told('RUNNING', run('a'), run('b')))
  followed.change(told('RUNNING', run('c'), run('a', 'SUCCESS')))
  expect(shown(followed)).toEqual(['a SUCCESS', 'b RUNNING', 'c RUNNING'])
  followed.change(JSON.stringify({ id: 'e', state: { current: 'SUCCESS' } }))
  expect(followed.now()?.state.current).toBe('SUCCESS')
  expect(shown(followed)).toHaveLength(3)
})

test('task runs that have not changed are the same objects, and lists once given stay as they are', () => {
  const followed = new FollowedExecution()
  followed.take(told('RUNNING', run('a'), run('b')))
  const before = followed.now()?.taskRunList ?? []
  followed.change(told('RUNNING', run('b', 'SUCCESS')))
  const after = followed.now()?.taskRunList ?? []
  expect(after[0]).toBe(before[0])
  expect([before[1]?.state.current, after[1]?.state.current]).toEqual(['RUNNING', 'SUCCESS'])
})

test('the whole execution takes the place of everything', () => {
  const followed = new FollowedExecution()
  followed.take(told('RUNNING', run('a'), run('b')))
  followed.take(told('RUNNING', run('b', 'FAILED')))
  expect(shown(followed)).toEqual(['b FAILED'])
})

test('changes without the whole before are nothing', () => {
  const followed = new FollowedExecution()
  followed.change(told('RUNNING', run('a')))
  expect(followed.now()).toBeUndefined()
})
