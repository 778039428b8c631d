import { Autocomplete, NumberInput, Switch } from '@mantine/core'
import { useState } from 'react'
import { t } from '../language'
import { Choice } from './Choice'
import { FONT_SIZES, isFont, setPreferences, usePreferences, type EditorTheme } from './preferences'
import { Section } from './Section'

const THEMES: readonly { value: EditorTheme; label: string }[] = [
  { value: 'page', label: t`As the page` },
  { value: 'light', label: t`Light` },
  { value: 'dark', label: t`Dark` },
]
/** What many have on their machines; another can be typed. */
const FONTS = ['Source Code Pro', 'JetBrains Mono', 'Fira Code', 'Cascadia Code', 'DejaVu Sans Mono', 'Menlo', 'Consolas', 'Courier New']

export function EditorChoices() {
  const { editorTheme, editorFont, editorFontSize, foldsTexts } = usePreferences()
  return (
    <Section title={t`Editor`}>
      <div className="settings-grid">
        <Choice label={t`Colours of the editor`} data={THEMES} value={editorTheme} onChange={(value) => setPreferences({ editorTheme: value as EditorTheme })} />
        <Font value={editorFont} />
        <FontSize value={editorFontSize} />
        <Switch className="settings-switch" label={t`Fold texts of several lines when a flow is opened`} checked={foldsTexts} onChange={(event) => setPreferences({ foldsTexts: event.currentTarget.checked })} />
      </div>
    </Section>
  )
}

function Font({ value }: { value: string }) {
  const [text, setText] = useState(value)
  const change = (next: string) => {
    setText(next)
    if (isFont(next)) setPreferences({ editorFont: next.trim() })
  }
  return (
    <Autocomplete
      size="xs" label={t`Font of the editor`} placeholder={t`That of the pages`} data={FONTS} filter={({ options }) => options} value={text} onChange={change}
      error={!isFont(text) && t`Names of fonts only`} styles={{ input: { fontFamily: value ? `${value}, monospace` : 'var(--mantine-font-family-monospace)' } }}
    />
  )
}

function FontSize({ value }: { value: number }) {
  const { least, most } = FONT_SIZES
  return (
    <NumberInput
      label={t`Letters of the editor, in pixels`} size="xs" min={least} max={most} value={value} clampBehavior="blur" allowDecimal={false}
      onChange={(next) => typeof next === 'number' && next >= least && next <= most && setPreferences({ editorFontSize: next })}
    />
  )
}
