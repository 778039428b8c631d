import { useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { filtersFor } from './lastFilters'
import { PLACES } from './pages'

const PATIENCE_MS = 1500

/** Where G and then a key lead; nothing within that time, or for any other key. */
export function placeFor(first: { key: string; at: number } | undefined, key: string, at: number): string | undefined {
  if (first?.key !== 'g' || at - first.at > PATIENCE_MS) return undefined
  return PLACES.find((place) => place.key === key)?.to
}

const isWriting = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea, select, .monaco-editor, [role="dialog"]') !== null)

/** G and then the letter of a page leads to it, unless something is being written. */
export function useGoKeys(): void {
  const navigate = useNavigate()
  const location = useRef('')
  location.current = useLocation({ select: ({ pathname }) => pathname })
  useEffect(() => {
    let first: { key: string; at: number } | undefined
    const hear = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return
      const to = placeFor(first, event.key, event.timeStamp)
      first = to ? undefined : { key: event.key, at: event.timeStamp }
      if (!to) return
      event.preventDefault()
      event.stopPropagation()
      void navigate({ to, search: filtersFor(to, location.current) as never })
    }
    window.addEventListener('keydown', hear, { capture: true })
    return () => window.removeEventListener('keydown', hear, { capture: true })
  }, [navigate])
}
