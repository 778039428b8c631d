import { expect, test } from 'vitest'
import { DEFAULTS, readPreferences, refreshMs } from './preferences'
import { fieldOf, instantOf, momentOfField, wallClock } from './zones'

test('what is kept is taken as far as it fits', () => {
  expect(readPreferences(null)).toEqual(DEFAULTS)
  expect(readPreferences('not json')).toEqual(DEFAULTS)
  expect(readPreferences('7')).toEqual(DEFAULTS)
  expect(readPreferences('{"rows": 50, "timeZone": "Asia/Tokyo", "editorFontSize": 900, "startPage": "javascript:1"}')).toEqual({
    ...DEFAULTS,
    rows: 50,
    timeZone: 'Asia/Tokyo',
  })
  expect(readPreferences('{"namespace": " company.team "}').namespace).toBe('company.team')
  expect(readPreferences('{"namespace": 7}').namespace).toBe('')
  expect(readPreferences('{"timeZone": "Middle/Earth"}').timeZone).toBe('')
  expect(readPreferences('{"logLevel": "LOUD", "opensAside": "yes", "hidesMenu": true, "editorView": "examples"}')).toEqual({ ...DEFAULTS, hidesMenu: true, editorView: 'examples' })
  expect(readPreferences('{"language": "ja"}').language).toBe('ja')
  expect(readPreferences('{"language": "klingon"}').language).toBe('')
  expect(readPreferences('{"editorView": "everything"}').editorView).toBe(DEFAULTS.editorView)
})

test('fonts and colours are taken where they are names and numbers', () => {
  const kept = { editorFont: '"Fira Code", monospace', editorTheme: 'dark', foldsTexts: true, chartColours: 'classic', logDisplay: 'none', environmentName: ' staging ', environmentColor: '#ff8800' }
  expect(readPreferences(JSON.stringify(kept))).toEqual({ ...DEFAULTS, ...kept, environmentName: 'staging' })
  const wrong = { editorFont: 'a; background: url(x)', editorTheme: 'pink', foldsTexts: 'yes', chartColours: 1, logDisplay: '', environmentName: 7, environmentColor: 'red; x: y', refresh: '7' }
  expect(readPreferences(JSON.stringify(wrong))).toEqual(DEFAULTS)
})

test('lists are asked for as often as they would be, or as their reader wants', () => {
  expect([refreshMs(6000, 'live'), refreshMs(6000, '30'), refreshMs(60_000, '10'), refreshMs(6000, 'never')]).toEqual([6000, 30_000, 60_000, false])
})

test('clocks of a zone show its own time, also around a change', () => {
  const date = new Date('2024-03-31T00:30:00.125Z')
  expect(wallClock(date, 'Europe/Berlin')).toEqual({ year: 2024, month: 3, day: 31, hour: 1, minute: 30, second: 0, millisecond: 125 })
  expect(wallClock(new Date('2024-03-31T01:30:00Z'), 'Europe/Berlin').hour).toBe(3)
  for (const text of ['2024-03-31T00:30:00.000Z', '2024-03-31T01:30:00.000Z', '2024-10-27T03:00:00.000Z']) {
    expect(instantOf(wallClock(new Date(text), 'Europe/Berlin'), 'Europe/Berlin').toISOString()).toBe(text)
  }
})

test('fields are read and written in the zone', () => {
  expect(momentOfField('2024-07-01T02:00', 'America/New_York')?.toISOString()).toBe('2024-07-01T06:00:00.000Z')
  expect(fieldOf(new Date('2024-07-01T06:00:00Z'), 'America/New_York')).toBe('2024-07-01T02:00')
  expect(momentOfField('2024-07', 'UTC')).toBeUndefined()
})
