import { useHotkeys } from '@mantine/hooks'
import { useState } from 'react'

/** `j` and `k` walk through the rows of a list, Enter opens the chosen one. */
export function useRowKeys(count: number, open: (index: number) => void): number {
  const [chosen, setChosen] = useState(-1)
  useHotkeys([
    ['j', () => setChosen((row) => Math.min(row + 1, count - 1))],
    ['k', () => setChosen((row) => Math.max(row - 1, 0))],
    ['Enter', () => chosen >= 0 && chosen < count && open(chosen), { preventDefault: false }],
  ], ['INPUT', 'TEXTAREA', 'SELECT', 'BUTTON', 'A'])
  return chosen
}
