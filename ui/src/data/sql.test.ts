import { describe, expect, it } from 'vitest'
import { quoted, rowsText, selectFrom } from './sql'

describe('names', () => {
  it('stay as they are when they are plain', () => expect(quoted('yellow_trips')).toBe('yellow_trips'))
  it('are quoted when they are not', () => expect(quoted('Fare "all"')).toBe('"Fare ""all"""'))
})

describe('the statement of a table', () => {
  it('leaves out the schema that is searched anyway', () => expect(selectFrom({ schema: 'public', name: 'trips' })).toBe('SELECT *\nFROM trips'))
  it('names any other schema', () => expect(selectFrom({ schema: 'Raw', name: 'trips' })).toBe('SELECT *\nFROM "Raw".trips'))
})

describe('the number of rows', () => {
  it('is shown as counted', () => expect(rowsText({ rows: 12, exact: true })).toBe('12'))
  it('is marked when it is an estimate', () => expect(rowsText({ rows: 12, exact: false })).toBe('~ 12'))
  it('is no number when it is not known', () => expect(rowsText({ rows: null, exact: false })).toBe('—'))
})
