import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { Search } from './search'

export type Change = Record<string, string | string[] | number | undefined>

/** Nothing that scrolls is moved by the change. */
interface How {
  isInPlace?: boolean
}

/** What the address says after `?`, and how to change some of it. */
export function useAddress(): [Search, (change: Change, how?: How) => void] {
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const change = useCallback(
    (values: Change, { isInPlace = false }: How = {}) => {
      void navigate({ to: '.', search: (before: Search) => ({ ...before, ...values }), replace: true, resetScroll: !isInPlace } as never)
    },
    [navigate],
  )
  return [search, change]
}
