import { useComputedColorScheme } from '@mantine/core'
import { useEffect } from 'react'
import { usePreferences } from '../settings/preferences'
import { monaco } from './monaco'

/** Puts all editors into the colours that are wanted: those of the page, or always the same. */
export function useEditorTheme(): void {
  const ofPage = useComputedColorScheme('light')
  const { editorTheme } = usePreferences()
  const scheme = editorTheme === 'page' ? ofPage : editorTheme
  useEffect(() => monaco.editor.setTheme(`tiercel-${scheme}`), [scheme])
}

/** The fonts that are wanted, and behind them those of the page: letters of all of them are measured, so their names stand for themselves. */
export function familyOf(wanted: string): string {
  const ofPage = getComputedStyle(document.documentElement).getPropertyValue('--mantine-font-family-monospace')
  return [wanted, ofPage || 'monospace'].filter(Boolean).join(', ')
}
