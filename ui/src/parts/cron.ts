/** Cron expressions as sentences. */

import cronstrue from 'cronstrue/i18n'
import { language } from '../language'

/** What other names there are of our languages; what it does not speak it says in English. */
const LOCALES: Readonly<Record<string, string>> = { pt: 'pt_BR', zh: 'zh_CN', hi: 'en' }

/** When an expression fires; undefined for what is none. */
export function sentenceOf(expression: string, tag = language()): string | undefined {
  try {
    return cronstrue.toString(expression, { locale: LOCALES[tag] ?? tag, use24HourTimeFormat: true, throwExceptionOnParseError: true })
  } catch {
    // It throws texts, not errors, for whatever it cannot read.
    return undefined
  }
}
