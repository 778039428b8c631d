import { Button, CloseButton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import type { KeyboardEvent } from 'react'
import { useRoutes } from '../api/capabilities'
import { configsQuery, logOut } from '../api/configs'
import { t } from '../language'
import { toggleBookmark, useBookmarks } from './bookmarks'
import { filtersFor } from './lastFilters'
import { PLACES } from './pages'

export function Menu() {
  const routes = useRoutes()
  const here = useLocation({ select: ({ pathname }) => pathname })
  const { data: configs } = useQuery(configsQuery)
  return (
    <Stack component="nav" className="menu" gap={2} h="100%" aria-label={t`Main`} onKeyDown={walk}>
      {PLACES.filter(({ needs }) => !needs || routes?.has(needs)).map(({ to, title, icon: Icon, key, home }) => (
        <Link
          key={to} to={to} search={filtersFor(to, here) as never} activeOptions={{ exact: false, includeSearch: false }} data-status={home && here.startsWith(home) ? 'active' : undefined}
          aria-keyshortcuts={`g ${key}`} title={t`G, then ${key.toUpperCase()}`}
        >
          <Icon size={17} stroke={1.6} aria-hidden />
          {title}
        </Link>
      ))}
      <Bookmarks />
      <Text size="xs" c="dimmed" mt="auto" px={10}>
        {configs ? t`Version ${configs.version}` : ''}
      </Text>
      {configs?.isBasicAuthEnabled && <Button variant="subtle" justify="flex-start" onClick={() => void logOut()}>{t`Log out`}</Button>}
    </Stack>
  )
}

function Bookmarks() {
  const bookmarks = useBookmarks()
  if (!bookmarks.length) return null
  return (
    <>
      <Text size="xs" c="dimmed" px={10} mt="sm">{t`Bookmarks`}</Text>
      {bookmarks.map((bookmark) => (
        <div key={bookmark.to + bookmark.title} className="bookmark">
          <Link to={bookmark.to} search={bookmark.search as never} activeOptions={{ exact: true, includeSearch: true }} title={bookmark.title}><span className="cut">{bookmark.title}</span></Link>
          <CloseButton size="xs" aria-label={t`Remove the bookmark ${bookmark.title}`} onClick={() => toggleBookmark(bookmark)} />
        </div>
      ))}
    </>
  )
}

const STEPS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowDown: (index, count) => (index + 1) % count,
  ArrowUp: (index, count) => (index - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
}

/** Arrows walk through the entries, as in any menu; Tab still goes through them one by one. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = STEPS[event.key]
  const entries = [...event.currentTarget.querySelectorAll<HTMLElement>('a')]
  const index = entries.indexOf(document.activeElement as HTMLElement)
  if (!step || index < 0) return
  event.preventDefault()
  entries[step(index, entries.length)]?.focus()
}
