import { useBlocker } from '@tanstack/react-router'
import { t } from '../language'
import { confirmed } from '../parts/confirmed'

/** Asks before a changed text is left behind: by a link, by going back, by closing the tab. */
export function useUnsaved(isChanged: boolean): void {
  useBlocker({
    shouldBlockFn: () => isChanged && !confirmed(t`Leave without saving your changes?`),
    enableBeforeUnload: isChanged,
  })
}
