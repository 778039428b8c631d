import { Link } from '@tanstack/react-router'
import { useEffect, useRef, type ReactNode } from 'react'

export interface Tab {
  id: string
  title: ReactNode
}

interface Props {
  tabs: readonly Tab[]
  current: string
  base: string
  name: string
  /** Somebody is about to open a tab: what it needs may be fetched. */
  onIntent?: (id: string) => void
}

/** Tabs are addresses: each can be linked, opened aside and gone back to. */
export function Tabs({ tabs, current, base, name, onIntent }: Props) {
  const row = useRef<HTMLElement>(null)
  // On a phone the row is longer than the screen: the tab one is on is never off it, however the phone is turned.
  useEffect(() => {
    const nav = row.current
    if (!nav) return
    const watcher = new ResizeObserver(() => bringIntoSight(nav))
    watcher.observe(nav)
    return () => watcher.disconnect()
  }, [])
  useEffect(() => {
    if (row.current) bringIntoSight(row.current)
  }, [current, tabs.length])
  return (
    <nav className="tabs" aria-label={name} ref={row}>
      {tabs.map(({ id, title }) => (
        <Link
          key={id} to={`${base}/${id}`} aria-current={id === current ? 'page' : undefined}
          onPointerEnter={() => onIntent?.(id)} onFocus={() => onIntent?.(id)}
        >
          {title}
        </Link>
      ))}
    </nav>
  )
}

const ASIDE = 40

/** Some of the next tab stays in sight, to tell that there is one. */
function bringIntoSight(row: HTMLElement): void {
  const tab = row.querySelector<HTMLElement>('[aria-current]')
  if (!tab) return
  const start = tab.offsetLeft - row.offsetLeft
  const end = start + tab.offsetWidth
  if (start < row.scrollLeft + ASIDE) row.scrollLeft = start - ASIDE
  else if (end > row.scrollLeft + row.clientWidth - ASIDE) row.scrollLeft = end + ASIDE - row.clientWidth
}

/** An unknown tab in the address is the first one. */
export const tabOf = (tabs: readonly Tab[], wanted: string | undefined) =>
  tabs.some(({ id }) => id === wanted) ? (wanted as string) : (tabs[0] as Tab).id
