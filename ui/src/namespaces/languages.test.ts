import { expect, test } from 'vitest'
import { isFlow, languageOf } from './languages'

test('a file has the language of its ending', () => {
  expect(languageOf('/scripts/main.PY')).toBe('python')
  expect(languageOf('/LICENSE')).toBe('plaintext')
})

test('YAML is a flow in the folder of flows alone', () => {
  expect(isFlow('/_flows/sales/orders.yml')).toBe(true)
  expect(isFlow('/_flows/readme.md')).toBe(false)
  expect(isFlow('/config/_flows/values.yaml')).toBe(false)
  expect(isFlow('/docker-compose.yaml')).toBe(false)
})
