import { Composer, Lexer, Parser, type CST } from 'yaml'
import { AS_SERVER, isKept, keep } from './reading'

const PIECE_MS = 8
/** From so many characters on, reading a text takes longer than a key may wait. */
const LONG = 20_000

const pause = () => new Promise<void>((resolve) => setTimeout(resolve))

/** Whether what is asked about a text is answered at once. */
export const isAtHand = (source: string): boolean => source.length < LONG || isKept(source)

/** Reads a text in pieces, between which keys are heard; from then on it is at hand. What nobody wants any more is left. */
export async function readInPieces(source: string, isWanted: () => boolean): Promise<void> {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let begun = performance.now()
  for (const lexeme of new Lexer().lex(source)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (performance.now() - begun < PIECE_MS) continue
    await pause()
    if (!isWanted()) return
    begun = performance.now()
  }
  for (const token of parser.end()) tokens.push(token)
  await pause()
  if (!isWanted() || isKept(source)) return
  const [document] = new Composer(AS_SERVER).compose(tokens, true, source.length)
  if (document) keep(source, document)
}

/** Does something as soon as a text is at hand, at once where it is; gives what calls it off. */
export function whenAtHand(source: string, act: () => void): () => void {
  let isWanted = true
  if (isAtHand(source)) act()
  else void readInPieces(source, () => isWanted).then(() => isWanted && act())
  return () => {
    isWanted = false
  }
}
