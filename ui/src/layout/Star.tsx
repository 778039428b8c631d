import { ActionIcon } from '@mantine/core'
import { IconStar, IconStarFilled } from '@tabler/icons-react'
import { useRouterState } from '@tanstack/react-router'
import { t } from '../language'
import type { Search } from '../search'
import { bookmarkOf, isAmong, toggleBookmark, useBookmarks } from './bookmarks'

const SUFFIX = ' | Tiercel'

/** Keeps the page with its filters in the menu. */
export function Star() {
  const { pathname, search } = useRouterState({ select: ({ location }) => location })
  const here = (name: string) => bookmarkOf(pathname, search as Search, name)
  const isKept = isAmong(useBookmarks(), here(''))
  return (
    <ActionIcon
      variant="default" size={30} aria-pressed={isKept} aria-label={t`Bookmark`} title={isKept ? t`Take this page off the menu` : t`Keep this page in the menu`}
      onClick={() => toggleBookmark(here(document.title.replace(SUFFIX, '')))}
    >
      {isKept ? <IconStarFilled size={15} /> : <IconStar size={15} />}
    </ActionIcon>
  )
}
