/** Offers in texts of the editor besides those of the schema: what expressions can read, and names of other flows. */

import type { Offer, OfferKind } from '../expressions/offers'
import type { Offered, OffersIn } from '../expressions/lookups'
import { monaco } from './monaco'

type Model = ReturnType<typeof monaco.editor.createModel>

const offering = new Map<string, () => OffersIn | undefined>()

/** Asks for offers of a text while it is there; gives what ends that. */
export function offerIn(model: Model, offers: () => OffersIn | undefined): () => void {
  const name = model.uri.toString()
  offering.set(name, offers)
  return () => offering.delete(name)
}

const KINDS: Readonly<Record<OfferKind, number>> = {
  variable: monaco.languages.CompletionItemKind.Variable,
  property: monaco.languages.CompletionItemKind.Field,
  function: monaco.languages.CompletionItemKind.Function,
  filter: monaco.languages.CompletionItemKind.Operator,
  test: monaco.languages.CompletionItemKind.Operator,
  tag: monaco.languages.CompletionItemKind.Keyword,
  value: monaco.languages.CompletionItemKind.Value,
}
const PLAIN = /^[A-Za-z_]\w*$/

for (const language of ['yaml', 'plaintext']) {
  monaco.languages.registerCompletionItemProvider(language, {
    triggerCharacters: ['.', '|', '(', '[', "'", '"', '{', '%', ' '],
    provideCompletionItems: async (model, { lineNumber, column }) => {
      const offered = await offering.get(model.uri.toString())?.()?.(model.getValue(monaco.editor.EndOfLinePreference.LF), { line: lineNumber, column })
      return { suggestions: offered ? suggestionsOf(offered, lineNumber, column) : [] }
    },
  })
}

const suggestionsOf = ({ prefix, offers, isBehindDot = false }: Offered, line: number, column: number) =>
  offers.map((offer, index) => suggestionOf(offer, index, isBehindDot && offer.insert === undefined && !PLAIN.test(offer.label), new monaco.Range(line, column - prefix.length, line, column)))

/** `isOdd` for a name behind a dot that is no word: it is written as a subscript, without the dot. */
function suggestionOf({ label, kind, detail, text, insert }: Offer, index: number, isOdd: boolean, range: InstanceType<typeof monaco.Range>) {
  return {
    label,
    kind: KINDS[kind],
    insertText: isOdd ? `['${label}']` : (insert ?? label),
    ...(insert?.includes('$0') ? { insertTextRules: monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet } : {}),
    ...(detail ? { detail } : {}),
    ...(text ? { documentation: { value: text } } : {}),
    ...(isOdd ? { filterText: `.${label}` } : {}),
    range: isOdd ? new monaco.Range(range.startLineNumber, range.startColumn - 1, range.endLineNumber, range.endColumn) : range,
    // In the order of the flow, before what the schema offers.
    sortText: `!${String(index).padStart(5, '0')}`,
  }
}
