import { expect, test } from 'vitest'
import { LANGUAGES } from '../language/catalogs'
import { sentenceOf } from './cron'

test('expressions are sentences, also with seconds', () => {
  expect(sentenceOf('0 9 1 * *')).toBe('At 09:00, on day 1 of the month')
  expect(sentenceOf('*/30 * * * * *')).toBe('Every 30 seconds')
  expect(sentenceOf('0 1 * * 0')).toContain('Sunday')
  expect(sentenceOf('@daily')).toBe('At 00:00')
})

test('every language has a sentence', () => {
  const said = Object.keys(LANGUAGES).map((tag) => sentenceOf('0 9 1 * *', tag))
  expect(said.filter((text) => !text)).toEqual([])
  expect(new Set(said).size).toBe(Object.keys(LANGUAGES).length - 1)
})

test('what is no expression has none', () => {
  expect(sentenceOf('nonsense')).toBeUndefined()
  expect(sentenceOf('')).toBeUndefined()
})
