import { request } from '../api/client'
import { keeping } from '../parts/keeping'
import { preferences } from '../settings/preferences'

/** Whether this browser has seen flows here: then nobody need be asked again. */
const begun = keeping('tiercel-begun', (text) => text === 'true')

/** Where `/ui/` leads: to the welcome where there is no flow yet, else to the page that the reader likes. */
export async function firstPage(): Promise<string> {
  if (!begun.now()) {
    const isEmpty = await hasNothing()
    if (isEmpty) return '/welcome'
    if (isEmpty === false) begun.set(true)
  }
  return preferences().startPage
}

/** Undefined where that cannot be told: the page that follows says what is wrong. */
async function hasNothing(): Promise<boolean | undefined> {
  try {
    const { flows } = await request<{ flows: number }>('/stats/summary', { method: 'POST', json: {} })
    return flows === 0
  } catch {
    return undefined
  }
}
