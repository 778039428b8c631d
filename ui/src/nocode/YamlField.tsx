import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { parseDocument } from 'yaml'
import { t } from '../language'
import type { BodyProps } from './Body'
import { useEditing } from './editing'
import { linesOf } from './plainFields'
import { textAt, withText, withValue } from './text'
import { useDraft } from './useDraft'
import { placeholderOf } from './values'

/** What the YAML of a value lacks, with its line. */
export function faultIn(text: string): string | undefined {
  const [error] = parseDocument(text, { logLevel: 'silent' }).errors
  return error?.message.split('\n', 1)[0]?.replace(/:$/, '')
}

/** Any value, as it is written. What is no YAML stays in the field alone. */
export function YamlField({ field, path, id, label, told, isLocked = false, isFresh = false }: BodyProps) {
  const { source, edit } = useEditing()
  const [problem, setProblem] = useState<string>()
  const given = field.value === undefined ? '' : textAt(source, path).trimEnd()
  const { text, set, leave } = useDraft(given, (typed) => {
    const fault = faultIn(typed)
    setProblem(fault)
    if (fault === undefined) edit((current) => (typed.trim() ? withText(current, path, typed) : withValue(current, path, field.isRequired ? '' : undefined)))
    return fault === undefined
  })
  return (
    <Textarea
      id={id} size="xs" classNames={{ input: 'mono' }} aria-label={t`${label} as YAML`} aria-describedby={told} value={text} error={problem} rows={linesOf(text, 1)} spellCheck={false}
      placeholder={placeholderOf(field)} disabled={isLocked} autoFocus={isFresh} onChange={(event) => set(event.currentTarget.value)} onBlur={leave}
    />
  )
}
