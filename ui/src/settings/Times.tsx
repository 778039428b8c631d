import { Text } from '@mantine/core'
import { useMemo } from 'react'
import { rich, t } from '../language'
import { isLanguage, LANGUAGES } from '../language/catalogs'
import { fullMoment, shortMoment } from '../parts/durations'
import { useNow } from '../parts/useNow'
import { Choice } from './Choice'
import { setPreferences, usePreferences, type DateFormat } from './preferences'
import { Section } from './Section'
import { allZones, zoneName } from './zones'

const FORMATS: readonly { value: DateFormat; label: string }[] = [
  { value: 'short', label: t`Short: today by the time alone` },
  { value: 'full', label: t`Always with year and date` },
  { value: 'local', label: t`As this language writes it` },
]
const LAST_MONTH_MS = 31 * 86_400_000

/** How the pages speak, and how times are told, with what becomes of two of them. */
export function Times() {
  const liked = usePreferences()
  const zones = useMemo(() => [{ value: '', label: t`Of this browser: ${zoneName('')}` }, ...allZones().map((name) => ({ value: name, label: name }))], [])
  const languages = [{ value: '', label: t`Of this browser` }, ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))]
  const now = useNow(false)
  const past = new Date(now.getTime() - LAST_MONTH_MS).toISOString()
  return (
    <Section title={t`Language and time`} hint={t`The time zone is for display: flows keep their own.`}>
      <div className="settings-grid">
        <Choice label={t`Language`} data={languages} value={liked.language} onChange={speakIn} />
        <Choice label={t`Time zone`} data={zones} value={liked.timeZone} isSearchable onChange={(timeZone) => setPreferences({ timeZone })} />
        <Choice label={t`Dates`} data={FORMATS} value={liked.dateFormat} onChange={(value) => setPreferences({ dateFormat: value as DateFormat })} />
      </div>
      <Text size="sm" c="dimmed" mt="sm">
        {rich`Now is ${<time key="now">{shortMoment(now.toISOString(), now, liked)}</time>}, a month ago was ${<time key="past">{shortMoment(past, now, liked)}</time>}; in full ${fullMoment(now.toISOString(), liked.timeZone)}.`}
      </Text>
    </Section>
  )
}

/** Texts are taken when the pages are loaded. */
function speakIn(language: string): void {
  setPreferences({ language: isLanguage(language) ? language : '' })
  window.location.reload()
}
