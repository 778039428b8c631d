import { useLayoutEffect } from 'react'

/** What had the focus before the first of the dialogs that are open; one may follow another. */
let opener: HTMLElement | undefined
/** Whether a dialog has just gone: another that comes in its place has the same opener. */
let isGivingBack = false

/**
 * Gives the focus back to what opened a dialog, once no dialog is left.
 *
 * The library does so for a dialog that is opened and closed, not for one that comes and goes with what it is about.
 */
export function useFocusBack(isOpen = true): void {
  useLayoutEffect(() => {
    if (!isOpen) return
    const active = document.activeElement
    if (active === document.body) opener = isGivingBack ? opener : undefined
    else if (active instanceof HTMLElement && !active.closest('[role="dialog"]')) opener = active
    return () => {
      isGivingBack = true
      setTimeout(giveBack)
    }
  }, [isOpen])
}

function giveBack(): void {
  isGivingBack = false
  if (document.querySelector('[role="dialog"]') || document.activeElement !== document.body) return
  opener?.focus({ preventScroll: true })
}
