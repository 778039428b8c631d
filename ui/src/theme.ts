import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'
import { t } from './language'

const teal: MantineColorsTuple = [
  '#e6f6f8', '#d2e9ee', '#a5d2db', '#75bac8', '#4da6b8', '#3599ae', '#2593aa', '#157f95', '#0b7186', '#006276',
]

export const theme = createTheme({
  primaryColor: 'tiercel',
  primaryShade: { light: 8, dark: 7 },
  colors: { tiercel: teal },
  defaultRadius: 'sm',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '19px' },
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '20px' }, h2: { fontSize: '15px' }, h3: { fontSize: '14px' } } },
  components: {
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: 'sm', fz: 'sm', highlightOnHoverColor: 'var(--hover)' } },
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, multiline: true, maw: 420 } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { 'aria-label': t`Close` } } },
    Drawer: { defaultProps: { closeButtonProps: { 'aria-label': t`Close` } } },
  },
})

/** Quiet text keeps a contrast of 4.5 in both schemes, which the library's own greys do not. */
export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#52606b',
    '--mantine-color-placeholder': '#66727c',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#00606f',
  },
  dark: {
    '--mantine-color-body': '#16191d',
    '--mantine-color-default': '#1e2227',
    '--mantine-color-dark-6': '#1e2227',
    '--mantine-color-dark-5': '#272c32',
    '--mantine-color-dimmed': '#a3adb6',
    '--mantine-color-placeholder': '#939da6',
    '--mantine-color-error': '#ff8f87',
    '--mantine-color-anchor': '#6cc5d6',
    '--mantine-color-text': '#dfe3e7',
  },
})
