import { useState } from 'react'
import type { Flow } from '../api/types'

/** A text that began as a revision of a flow. While nothing is changed, it follows the revisions that others store. */
export function useBegun(flow: Flow) {
  const [base, setBase] = useState(flow)
  const [source, setSource] = useState(flow.source ?? '')
  const saved = base.source ?? ''
  const isChanged = source !== saved
  const begin = (next: Flow) => {
    setBase(next)
    setSource(next.source ?? '')
  }
  const isLater = flow.revision > base.revision
  if (isLater && !isChanged) begin(flow)
  return {
    /** The revision that the text is compared with. */
    base,
    source,
    setSource,
    isChanged,
    /** Whether a later revision is known, which a changed text does not follow. */
    isBehind: isLater && isChanged,
    /** Begins again as another revision. */
    begin,
    /** The text is stored as a revision; it may have changed since. */
    stored: setBase,
  }
}
