import { afterEach, expect, test } from 'vitest'
import { counted, language, rich, speak, t } from '.'

afterEach(() => speak('en', {}))

test('one is told from many', () => {
  expect(counted(1, 'flow')).toBe('1 flow')
  expect(counted(0, 'flow')).toBe('0 flows')
  expect(counted(1500, 'entry', 'entries')).toBe('1,500 entries')
})

test('what a catalog lacks stays English', () => {
  speak('de', { 'Delete {0}?': '{0} löschen?' })
  expect(language()).toBe('de')
  expect(t`Delete ${'x'}?`).toBe('x löschen?')
  expect(t`Keep ${'x'}?`).toBe('Keep x?')
})

test('holes may change their order, and values are no templates', () => {
  speak('de', { '{0} of {1}': 'von {1}: {0}' })
  expect(t`${'{1}'} of ${7}`).toBe('von 7: {1}')
  expect(rich`${'a'} of ${'b'}`.join('')).toBe('von b: a')
})

test('plurals are those of the language', () => {
  speak('pl', { 'flow|flows': { one: '{0} przepływ', few: '{0} przepływy', many: '{0} przepływów', other: '{0} przepływu' } })
  expect([1, 3, 5, 22].map((count) => counted(count, 'flow'))).toEqual(['1 przepływ', '3 przepływy', '5 przepływów', '22 przepływy'])
  speak('ja', { 'flow|flows': { other: '{0} 件のフロー' } })
  expect(counted(1, 'flow')).toBe('1 件のフロー')
})
