/** When an execution that goes on is drawn again. */

const EVERY_MS = 400
const MANY_RUNS = 2000
const MANY_EVERY_MS = 1000
/** Whoever has just moved, pressed or turned something gets the next moment of the page. */
const STILL_MS = 250
const PATIENCE_MS = 1500

interface Moment {
  /** How many task runs there are: many take longer to draw, and change less to the eye. */
  runs: number
  /** Milliseconds since the last drawing, since the oldest change that is not drawn, and since somebody did something. */
  sinceDrawn: number
  sinceChanged: number
  sinceActed: number
}

/** How many milliseconds from now the changes may be drawn; hands in motion do not put it off for ever. */
export function waitOf({ runs, sinceDrawn, sinceChanged, sinceActed }: Moment): number {
  const pace = (runs > MANY_RUNS ? MANY_EVERY_MS : EVERY_MS) - sinceDrawn
  const hands = sinceChanged < PATIENCE_MS ? STILL_MS - sinceActed : 0
  return Math.max(0, pace, hands)
}

let actedAt = Number.NEGATIVE_INFINITY

/** Milliseconds since a hand was last in motion on this page. */
export const sinceActed = () => performance.now() - actedAt

const act = () => {
  actedAt = performance.now()
}

if (typeof window !== 'undefined') {
  for (const name of ['pointermove', 'pointerdown', 'keydown', 'wheel']) window.addEventListener(name, act, { capture: true, passive: true })
}
