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
  // On a phone the row is longer than the screen: the tab one is on is never off it.
  useEffect(() => {
    row.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [current])
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

/** An unknown tab in the address is the first one. */
export const tabOf = (tabs: readonly Tab[], wanted: string | undefined) =>
  tabs.some(({ id }) => id === wanted) ? (wanted as string) : (tabs[0] as Tab).id
