import { useEffect, useState } from 'react'

const TICK_MS = 500

/** The present moment; with `ticks` it moves on by itself. */
export function useNow(ticks: boolean): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    if (!ticks) return
    const timer = setInterval(() => setNow(new Date()), TICK_MS)
    return () => clearInterval(timer)
  }, [ticks])
  return ticks ? now : new Date()
}
