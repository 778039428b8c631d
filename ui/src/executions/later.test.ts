import { afterEach, expect, test, vi } from 'vitest'
import { fetchedOnce, whenIdle } from './later'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('what was fetched is there at once, and is fetched once', async () => {
  let times = 0
  const source = fetchedOnce(() => {
    times += 1
    return Promise.resolve('part')
  })
  expect(source.now()).toBeUndefined()
  expect(await Promise.all([source.fetch(), source.fetch()])).toEqual(['part', 'part'])
  expect(source.now()).toBe('part')
  expect(await source.fetch()).toBe('part')
  expect(times).toBe(1)
})

test('what failed is fetched again', async () => {
  let times = 0
  const source = fetchedOnce(() => {
    times += 1
    return times === 1 ? Promise.reject(new Error('offline')) : Promise.resolve('part')
  })
  await expect(source.fetch()).rejects.toThrow('offline')
  expect(await source.fetch()).toBe('part')
})

test('idle work waits for the first paint, then for idleness, and can be called off', () => {
  vi.useFakeTimers()
  const waiting: (() => void)[] = []
  const cancel = vi.fn()
  vi.stubGlobal('requestIdleCallback', (act: () => void) => waiting.push(act))
  vi.stubGlobal('cancelIdleCallback', cancel)
  const act = vi.fn()
  whenIdle(act)
  expect(waiting).toHaveLength(0)
  vi.runAllTimers()
  expect(act).not.toHaveBeenCalled()
  waiting[0]?.()
  expect(act).toHaveBeenCalledOnce()
  const callOff = whenIdle(act)
  vi.runAllTimers()
  callOff()
  expect(cancel).toHaveBeenCalledWith(2)
  whenIdle(act)()
  vi.runAllTimers()
  expect(waiting).toHaveLength(2)
})

test('a browser that tells no idleness does it after a while', () => {
  vi.useFakeTimers()
  vi.stubGlobal('requestIdleCallback', undefined)
  const act = vi.fn()
  whenIdle(act)
  expect(act).not.toHaveBeenCalled()
  vi.runAllTimers()
  expect(act).toHaveBeenCalledOnce()
})
