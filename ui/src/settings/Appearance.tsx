import { Button, Text, TextInput, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { configsQuery } from '../api/configs'
import { t } from '../language'
import { PLACES } from '../layout/pages'
import { Choice } from './Choice'
import { DEFAULTS, MOST_LETTERS_OF_NAME, setPreferences, START_PAGES, usePreferences, type ChartColours } from './preferences'
import { Section } from './Section'

const THEMES = [
  { value: 'auto', label: t`As the system` },
  { value: 'light', label: t`Light` },
  { value: 'dark', label: t`Dark` },
]
const COLOURS: readonly { value: ChartColours; label: string }[] = [
  { value: 'own', label: t`Quiet` },
  { value: 'classic', label: t`Classic: bright` },
]
const SHOWN_STATES = ['SUCCESS', 'RUNNING', 'QUEUED', 'WARNING', 'FAILED', 'KILLED']

/** How the pages look to this reader. */
export function Appearance() {
  const liked = usePreferences()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const reset = () => {
    setColorScheme('auto')
    setPreferences(DEFAULTS)
    if (liked.language !== DEFAULTS.language) window.location.reload()
  }
  return (
    <Section title={t`Appearance`} hint={t`All that is chosen down to the times is kept in this browser, and in use at once.`} side={<Button variant="default" onClick={reset}>{t`Back to the defaults`}</Button>}>
      <div className="settings-grid">
        <Choice label={t`Theme`} data={THEMES} value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)} />
        <div>
          <Choice label={t`Colours of charts`} data={COLOURS} value={liked.chartColours} onChange={(value) => setPreferences({ chartColours: value as ChartColours })} />
          <div className="settings-colours" aria-hidden>{SHOWN_STATES.map((state) => <span key={state} data-state={state} title={state} />)}</div>
        </div>
        <Choice label={t`First page`} data={START_PAGES.map((to) => ({ value: to, label: PLACES.find((place) => place.to === to)?.title ?? to }))} value={liked.startPage} onChange={(startPage) => setPreferences({ startPage })} />
        <Environment name={liked.environmentName} color={liked.environmentColor} />
      </div>
    </Section>
  )
}

const GREY = '#868e96'

/** A label at the head of the pages, for readers of several servers. */
function Environment({ name, color }: { name: string; color: string }) {
  const { data } = useQuery(configsQuery)
  const told = data?.environment ?? {}
  return (
    <>
      <TextInput
        label={t`Name of this environment`} placeholder={told.name ?? t`None`} maxLength={MOST_LETTERS_OF_NAME} value={name}
        onChange={(event) => setPreferences({ environmentName: event.currentTarget.value })}
      />
      <div>
        <TextInput type="color" label={t`Colour of this environment`} value={color || colorOf(told.color)} onChange={(event) => setPreferences({ environmentColor: event.currentTarget.value })} />
        {color && <Button size="compact-xs" variant="subtle" mt={2} onClick={() => setPreferences({ environmentColor: '' })}>{t`As the server says`}</Button>}
        {!color && <Text size="xs" c="dimmed" mt={2}>{told.color ? t`As the server says: ${told.color}` : t`None is chosen.`}</Text>}
      </div>
    </>
  )
}

/** What a colour field can show of what the server says. */
const colorOf = (told: string | undefined) => (told && /^#[0-9a-f]{6}$/i.test(told) ? told : GREY)
