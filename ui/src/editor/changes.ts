/** What sets two texts apart, line by line. */

interface ChangedLine {
  sign: '+' | '−'
  text: string
}

/** Above this many pairs of lines the whole middle counts as changed. */
const MOST_PAIRS = 1_000_000

/** Lines that went and lines that came, in order; what both texts have is left out. */
export function changesOf(before: string, after: string): ChangedLine[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1
  let tail = 0
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1
  return middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail))
}

function middle(old: readonly string[], now: readonly string[]): ChangedLine[] {
  const gone = old.map((text): ChangedLine => ({ sign: '−', text }))
  const come = now.map((text): ChangedLine => ({ sign: '+', text }))
  if (!old.length || !now.length || old.length * now.length > MOST_PAIRS) return [...gone, ...come]
  const common = commonLengths(old, now)
  const width = now.length + 1
  const at = (row: number, column: number) => common[row * width + column] ?? 0
  const lines: ChangedLine[] = []
  let [row, column] = [0, 0]
  while (row < old.length && column < now.length) {
    if (old[row] === now[column]) [row, column] = [row + 1, column + 1]
    else if (at(row + 1, column) >= at(row, column + 1)) lines.push(gone[row++] as ChangedLine)
    else lines.push(come[column++] as ChangedLine)
  }
  return [...lines, ...gone.slice(row), ...come.slice(column)]
}

/** For each pair of ends, how many lines the rests have in common. */
function commonLengths(old: readonly string[], now: readonly string[]): Uint32Array {
  const width = now.length + 1
  const common = new Uint32Array((old.length + 1) * width)
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = now.length - 1; column >= 0; column -= 1) {
      const place = row * width + column
      common[place] =
        old[row] === now[column] ? (common[place + width + 1] ?? 0) + 1 : Math.max(common[place + width] ?? 0, common[place + 1] ?? 0)
    }
  }
  return common
}

/** Which two of some revisions, in their order, are compared: the wanted ones that exist, else the latest and the one before it. */
export function compared(revisions: readonly number[], wantedLeft: number, wantedRight: number): { left: number; right: number } {
  const right = revisions.includes(wantedRight) ? wantedRight : (revisions.at(-1) as number)
  const before = revisions[Math.max(0, revisions.indexOf(right) - 1)] as number
  return { left: revisions.includes(wantedLeft) ? wantedLeft : before, right }
}
