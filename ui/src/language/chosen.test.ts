import { expect, test } from 'vitest'
import { chosen } from './chosen'

test('the first language of the browser that there is a catalog of is taken', () => {
  expect(chosen(null, ['nl-NL', 'de-AT', 'en'])).toEqual({ language: 'de', tag: 'de-AT' })
  expect(chosen(null, ['nl'])).toEqual({ language: 'en', tag: 'en' })
  expect(chosen(null, [])).toEqual({ language: 'en', tag: 'en' })
})

test('what was chosen in the settings comes first', () => {
  expect(chosen('{"language": "ja"}', ['de-AT'])).toEqual({ language: 'ja', tag: 'ja' })
  expect(chosen('{"language": "de"}', ['en-GB', 'de-CH'])).toEqual({ language: 'de', tag: 'de-CH' })
  expect(chosen('{"language": ""}', ['en-GB', 'de-CH'])).toEqual({ language: 'en', tag: 'en-GB' })
})

test('what is broken is passed over', () => {
  expect(chosen('{"language": "xx"}', ['fr'])).toEqual({ language: 'fr', tag: 'fr' })
  expect(chosen('no json', ['fr'])).toEqual({ language: 'fr', tag: 'fr' })
  expect(chosen('null', ['fr'])).toEqual({ language: 'fr', tag: 'fr' })
  expect(chosen(null, ['en-US@posix', 'constructor', 'it'])).toEqual({ language: 'it', tag: 'it' })
})
