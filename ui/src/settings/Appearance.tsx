import { Button, Group, NumberInput, Select, Text, TextInput, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { useMemo } from 'react'
import { t } from '../language'
import { isLanguage, LANGUAGES } from '../language/catalogs'
import { fullMoment, shortMoment } from '../parts/durations'
import { useNow } from '../parts/useNow'
import { PLACES } from '../layout/pages'
import { DEFAULTS, EXECUTION_TABS, FONT_SIZES, LOG_LEVELS, ROWS, setPreferences, START_PAGES, usePreferences, type DateFormat, type Preferences } from './preferences'
import { Section } from './Section'
import { allZones, zoneName } from './zones'

const THEMES = [
  { value: 'auto', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]
const FORMATS: readonly { value: DateFormat; label: string }[] = [
  { value: 'short', label: 'Short: today by the time alone' },
  { value: 'full', label: 'Always with year and date' },
  { value: 'local', label: 'As this language writes it' },
]
const WINDOWS = [
  { value: 'same', label: 'This tab' },
  { value: 'new', label: 'A new tab' },
]
const LAST_MONTH_MS = 31 * 86_400_000

/** How the pages look to this reader; every choice counts at once. */
export function Appearance() {
  const liked = usePreferences()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const zones = useMemo(() => [{ value: '', label: `Of this browser: ${zoneName('')}` }, ...allZones().map((name) => ({ value: name, label: name }))], [])
  const languages = [{ value: '', label: t`Of this browser` }, ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))]
  const now = useNow(false)
  const past = new Date(now.getTime() - LAST_MONTH_MS).toISOString()
  const reset = () => {
    setColorScheme('auto')
    setPreferences(DEFAULTS)
    if (liked.language !== DEFAULTS.language) window.location.reload()
  }
  return (
    <Section title="Appearance" hint="Kept in this browser, and in use at once. The time zone is for display: flows keep their own.">
      <div className="settings-grid">
        <Choice label={t`Language`} data={languages} value={liked.language} onChange={speakIn} />
        <Choice label="Theme" data={THEMES} value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)} />
        <Choice label="Time zone" data={zones} value={liked.timeZone} isSearchable onChange={(timeZone) => setPreferences({ timeZone })} />
        <Choice label="Dates" data={FORMATS} value={liked.dateFormat} onChange={(value) => setPreferences({ dateFormat: value as DateFormat })} />
        <Choice label="First page" data={START_PAGES.map((to) => ({ value: to, label: PLACES.find((place) => place.to === to)?.title ?? to }))} value={liked.startPage} onChange={(startPage) => setPreferences({ startPage })} />
        <Choice label="Rows of a list" data={ROWS.map(String)} value={String(liked.rows)} onChange={(value) => setPreferences({ rows: Number(value) })} />
        <Choice label="After Execute, show" data={EXECUTION_TABS.map((tab) => ({ value: tab, label: tab.charAt(0).toUpperCase() + tab.slice(1) }))} value={liked.executionTab} onChange={(executionTab) => setPreferences({ executionTab })} />
        <Choice label="And show it in" data={WINDOWS} value={liked.opensAside ? 'new' : 'same'} onChange={(value) => setPreferences({ opensAside: value === 'new' })} />
        <Choice label="Lowest level of logs" data={LOG_LEVELS} value={liked.logLevel} onChange={(logLevel) => setPreferences({ logLevel })} />
        <TextInput label="Namespace of flows and executions" placeholder="All" value={liked.namespace} onChange={(event) => setPreferences({ namespace: event.currentTarget.value.trim() })} />
        <FontSize value={liked.editorFontSize} />
      </div>
      <Group justify="space-between" mt="sm">
        <Text size="sm" c="dimmed">
          Now is <time>{shortMoment(now.toISOString(), now, liked)}</time>, a month ago was <time>{shortMoment(past, now, liked)}</time>; in full {fullMoment(now.toISOString(), liked.timeZone)}.
        </Text>
        <Button variant="default" onClick={reset}>Back to the defaults</Button>
      </Group>
    </Section>
  )
}

/** Texts are taken when the pages are loaded. */
function speakIn(language: string): void {
  setPreferences({ language: isLanguage(language) ? language : '' })
  window.location.reload()
}

interface ChoiceProps {
  label: string
  data: readonly (string | { value: string; label: string })[]
  value: string
  onChange: (value: string) => void
  isSearchable?: boolean
}

function Choice({ label, data, value, onChange, isSearchable = false }: ChoiceProps) {
  return <Select label={label} data={data} value={value} searchable={isSearchable} allowDeselect={false} maxDropdownHeight={300} onChange={(next) => next !== null && onChange(next)} />
}

function FontSize({ value }: { value: Preferences['editorFontSize'] }) {
  const { least, most } = FONT_SIZES
  return (
    <NumberInput
      label="Letters of the editor, in pixels" size="xs" min={least} max={most} value={value} clampBehavior="blur" allowDecimal={false}
      onChange={(next) => typeof next === 'number' && next >= least && next <= most && setPreferences({ editorFontSize: next })}
    />
  )
}
