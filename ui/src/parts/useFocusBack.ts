import { useLayoutEffect } from 'react'

/** What had the focus before the first of the dialogs that are open; one may follow another. */
let opener: HTMLElement | undefined

/**
 * Gives the focus back to what opened a dialog, once no dialog is left.
 *
 * The library does so for a dialog that is opened and closed, not for one that comes and goes with what it is about.
 */
export function useFocusBack(isOpen = true): void {
  useLayoutEffect(() => {
    if (!isOpen) return
    const active = document.activeElement
    if (active instanceof HTMLElement && !active.closest('[role="dialog"]')) opener = active === document.body ? undefined : active
    return () => {
      setTimeout(giveBack)
    }
  }, [isOpen])
}

function giveBack(): void {
  if (document.querySelector('[role="dialog"]') || document.activeElement !== document.body) return
  opener?.focus({ preventScroll: true })
}
