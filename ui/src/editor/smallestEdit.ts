/** What of a text is replaced by what, counted in UTF-16 units from its beginning. */
export interface Edit {
  start: number
  end: number
  text: string
}

const isLowSurrogate = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xdc00

/** The one stretch that sets a text apart from the next: what stands before and behind it stays as it is. No character is cut in two. */
export function smallestEdit(before: string, after: string): Edit | undefined {
  if (before === after) return undefined
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start += 1
  if (start > 0 && (isLowSurrogate(before, start) || isLowSurrogate(after, start))) start -= 1
  let tail = 0
  while (tail < most - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1
  if (tail > 0 && isLowSurrogate(before, before.length - tail)) tail -= 1
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) }
}
