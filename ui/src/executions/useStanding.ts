import { useState } from 'react'
import type { TaskRun } from '../api/types'
import { standAlike } from './tree'

/** The runs as they were when one of them last came, went or moved: what goes by their names and places stays as it is. */
export function useStanding(runs: readonly TaskRun[]): readonly TaskRun[] {
  const [standing, setStanding] = useState(runs)
  if (standing === runs || standAlike(standing, runs)) return standing
  setStanding(runs)
  return runs
}
