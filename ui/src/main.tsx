/** First the texts in the language of the reader, then the pages: their modules may hold texts as they are evaluated. */

import { speak } from './language'
import { catalogOf, LANGUAGES } from './language/catalogs'
import { chosen, keptPreferences } from './language/chosen'

async function begin(): Promise<void> {
  const { language, tag } = chosen(keptPreferences(), navigator.languages)
  let unspoken: string | undefined
  try {
    speak(tag, await catalogOf(language))
    document.documentElement.lang = language
  } catch {
    // Pages in English are better than none, and they say so.
    unspoken = LANGUAGES[language]
  }
  const { start } = await import('./app')
  start(unspoken)
}

void begin()
