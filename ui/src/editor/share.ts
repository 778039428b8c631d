/** How a width is shared between a text and what stands beside it: the part of the text, in percent. */

export const SHARES = { least: 20, most: 80, usual: 50, step: 2 } as const

const within = (share: number) => Math.min(SHARES.most, Math.max(SHARES.least, Math.round(share)))

/** What was kept; anything else is the usual one. */
export function readShare(text: string | null): number {
  const share = Number(text ?? NaN)
  return Number.isFinite(share) && share > 0 ? within(share) : SHARES.usual
}

/** The share that ends where a pointer is. */
export const shareAt = (x: number, left: number, width: number): number => (width > 0 ? within(((x - left) / width) * 100) : SHARES.usual)

/** What a key makes of a share; undefined when it is none of the divider's. */
export function shareByKey(share: number, key: string): number | undefined {
  switch (key) {
    case 'ArrowLeft': return within(share - SHARES.step)
    case 'ArrowRight': return within(share + SHARES.step)
    case 'Home': return SHARES.least
    case 'End': return SHARES.most
    case 'Enter': return SHARES.usual
    default: return undefined
  }
}
