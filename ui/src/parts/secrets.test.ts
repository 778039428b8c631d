import { expect, test } from 'vitest'
import { isEncrypted, withSecrets } from './secrets'

const SPECS = [
  { id: 'who', type: 'STRING' },
  { id: 'word', type: 'SECRET' },
  { id: 'login.password', type: 'SECRET' },
  { id: 'absent', type: 'SECRET' },
]

test('values of SECRET inputs are known as encrypted, at any depth', () => {
  const shown = withSecrets({ who: 'ada', word: 'Q2lwaGVy', login: { user: 'ada', password: 'Q2lwaGVy' } }, SPECS)
  expect(JSON.stringify(shown)).not.toContain('Q2lwaGVy')
  expect(isEncrypted(shown?.word)).toBe(true)
  expect(shown).toMatchObject({ who: 'ada', login: { user: 'ada' } })
  expect(shown).not.toHaveProperty('absent')
})

test('what has no values has no secrets', () => {
  expect(withSecrets(undefined, SPECS)).toBeUndefined()
  expect(isEncrypted(null)).toBe(false)
  expect(isEncrypted({ type: 'io.kestra.datatype:aes_encrypted', value: 'x' })).toBe(true)
})
