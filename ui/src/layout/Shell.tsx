import { ActionIcon, AppShell, Burger, Button, Group, Text, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { IconBook, IconLayoutSidebar, IconMoon, IconSearch, IconSun } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect, useLayoutEffect, type CSSProperties } from 'react'
import { PAGES } from '../api/root'
import { configsQuery } from '../api/configs'
import { useLoginWanted } from '../api/session'
import { fetchedOnce } from '../executions/later'
import { t } from '../language'
import type { Search } from '../search'
import { Late } from '../parts/Late'
import { setPreferences, usePreferences } from '../settings/preferences'
import { useGoKeys } from './goKeys'
import { JumpBox } from './JumpBox'
import { KeyHelp } from './KeyHelp'
import { useNotedFilters } from './lastFilters'
import { LoginForm } from './LoginForm'
import { Menu } from './Menu'
import { Star } from './Star'

const docs = fetchedOnce(() => import('../docs/DocsPane'))

/** The frame of all pages, or the login in its place. */
export function Shell() {
  return useLoginWanted() ? <LoginForm /> : <Frame />
}

function Frame() {
  const [isOpen, { toggle, close }] = useDisclosure()
  const { hidesMenu, chartColours } = usePreferences()
  useLayoutEffect(() => {
    document.documentElement.dataset.charts = chartColours
  }, [chartColours])
  const [isJumping, jump] = useDisclosure()
  const [showsKeys, keys] = useDisclosure()
  const [showsDocs, doc] = useDisclosure()
  const { pathname: place, search } = useRouterState({ select: ({ location }) => location })
  useNotedFilters(place, search as Search)
  useEffect(close, [place, close])
  useGoKeys()
  useHotkeys([
    ['mod+K', jump.open],
    ['/', focusFilter],
    ['shift+?', keys.open],
  ])
  return (
    <AppShell
      header={{ height: 46 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !isOpen, desktop: hidesMenu } }}
      padding={{ base: 'sm', sm: 'md' }}
    >
      <a href="#content" className="skip">
        {t`Skip to content`}
      </a>
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t`Menu`} aria-expanded={isOpen} />
            <ActionIcon variant="subtle" c="dimmed" visibleFrom="sm" aria-label={t`Menu beside the page`} aria-expanded={!hidesMenu} title={hidesMenu ? t`Show the menu` : t`Hide the menu`} onClick={() => setPreferences({ hidesMenu: !hidesMenu })}>
              <IconLayoutSidebar size={17} stroke={1.6} />
            </ActionIcon>
            <Link to="/dashboards/default" style={{ display: 'flex', alignItems: 'center', gap: 8, color: 'inherit' }}>
              <img src={`${PAGES}/falcon.svg`} alt="" width={24} height={24} />
              <Text fw={700} size="md">
                Tiercel
              </Text>
            </Link>
            <Environment />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button variant="default" leftSection={<IconSearch size={14} />} onClick={jump.open}>
              <span className="jump-word">{t`Jump to…`}</span> <Text span size="xs" c="dimmed" ml={8} visibleFrom="sm">Ctrl K</Text>
            </Button>
            <ActionIcon variant="default" size={30} aria-label={t`Documentation beside the page`} title={t`Documentation beside the page`} aria-expanded={showsDocs} onClick={doc.toggle}><IconBook size={16} stroke={1.6} /></ActionIcon>
            <Star />
            <SchemeSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" data-open={isOpen || undefined} data-aside={hidesMenu || undefined}>
        <Menu />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      {showsDocs && <Late source={docs} waiting="" of={{ path: place, onClose: doc.close }} />}
      <JumpBox isOpen={isJumping} onClose={jump.close} />
      <KeyHelp isOpen={showsKeys} onClose={keys.close} />
    </AppShell>
  )
}

/** Which of several servers this is, where that has been given a name. */
function Environment() {
  const { data } = useQuery(configsQuery)
  const { environmentName, environmentColor } = usePreferences()
  const name = environmentName || data?.environment?.name
  const color = environmentColor || data?.environment?.color
  if (!name) return null
  return <span className="environment cut" title={t`Environment ${name}`} style={color ? ({ '--environment': color } as CSSProperties) : {}}>{name}</span>
}

function focusFilter() {
  document.querySelector<HTMLInputElement>('[data-filter]')?.focus()
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  return (
    <ActionIcon
      variant="default" size={30} onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
      aria-label={isDark ? t`Light colours` : t`Dark colours`}
    >
      {isDark ? <IconSun size={16} /> : <IconMoon size={16} />}
    </ActionIcon>
  )
}
