import { useMemo, useState } from 'react'
import { parse } from 'yaml'

/** What the last text that could be read says: half a line of YAML does not wipe it out. */
export function useReadable<T>(source: string): T | undefined {
  const [last, setLast] = useState<T>()
  const read = useMemo(() => {
    try {
      return parse(source, { logLevel: 'silent' }) as T | null
    } catch {
      return undefined
    }
  }, [source])
  const isReadable = typeof read === 'object' && read !== null
  if (isReadable && read !== last) setLast(() => read)
  return isReadable ? read : last
}
