import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Validation } from '../api/types'
import { marksOf, type Mark } from './problems'

const TYPING_MS = 500

/** How the server checks a kind of text; `null` where it says nothing. */
export type Check = (source: string, signal: AbortSignal) => Promise<Validation | null>

export interface Checked {
  /** The text as it was when the typing last paused: what is drawn beside it is of this. */
  settled: string
  marks: readonly Mark[]
  isChecking: boolean
  isKnown: boolean
  error: unknown
}

/** Asks what is wrong with a text whenever the typing pauses; until the answer is there, the last one stands. */
export function useChecked(kind: string, source: string, check: Check | undefined): Checked {
  const [settled] = useDebouncedValue(source, TYPING_MS)
  const { data, error, isFetching } = useQuery({
    queryKey: ['checked', kind, settled],
    queryFn: async ({ signal }) => (check ? check(settled, signal) : null),
    enabled: check !== undefined && settled.trim() !== '',
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })
  const marks = useMemo(() => marksOf(data ?? undefined), [data])
  return { settled, marks, isChecking: isFetching, isKnown: data !== undefined, error }
}
