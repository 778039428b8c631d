import { useState } from 'react'
import { fetchedOnce, useFetched } from '../executions/later'

const reading = fetchedOnce(() => import('./cron'))

/** A cron expression; what it means is said when the pointer comes to it. */
export function Cron({ expression }: { expression: string }) {
  const [sentence, tell] = useState<string>()
  const ask = () => void reading.fetch().then(({ sentenceOf }) => tell(sentenceOf(expression)))
  return <code className="mono" title={sentence} onPointerEnter={ask}>{expression}</code>
}

/** The meaning alone, where there is room for it. */
export function CronSentence({ expression }: { expression: string }) {
  return useFetched(reading)?.sentenceOf(expression) ?? null
}
