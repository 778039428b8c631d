import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '../api/client'
import { readFlow, updateFlow } from '../api/flows'
import type { Flow } from '../api/types'
import { isSame, nameIn, type Name } from './naming'
import { useRevised } from './useRevised'

const NOT_FOUND = 404

/** What is asked before a text is stored. */
export type Question =
  /** Another revision was stored since the text was loaded. */
  | { kind: 'outdated'; current: Flow }
  /** The flow was deleted since. */
  | { kind: 'gone' }
  /** The text names another flow. */
  | { kind: 'renamed'; name: Name }

type Outcome = { stored: Flow } | { question: Question }

/** Stores a text as the next revision of a flow, after what has to be asked first. */
export function useSaving(base: Flow, source: string, onStored: (stored: Flow) => void) {
  const [question, ask] = useState<Question>()
  const tell = useRevised(base)
  const save = useMutation({
    /** Takes the last revision that whoever saves has agreed to replace. */
    mutationFn: (agreed: number) => outcomeOf(base, source, agreed),
    onSuccess: (outcome) => {
      if ('question' in outcome) return ask(outcome.question)
      onStored(outcome.stored)
      tell(outcome.stored)
    },
  })
  return {
    question,
    dismiss: () => ask(undefined),
    save: () => save.mutate(base.revision),
    /** Stores it over a later revision. */
    saveOver: ({ revision }: Flow) => {
      ask(undefined)
      save.mutate(revision)
    },
    isSaving: save.isPending,
    error: save.error,
  }
}

/** The stored revision is asked for just before: the server itself takes whatever comes last. */
async function outcomeOf({ namespace, id }: Flow, source: string, agreed: number): Promise<Outcome> {
  const name = nameIn(source)
  if (name && !isSame(name, { namespace, id })) return { question: { kind: 'renamed', name } }
  const current = await readFlow(namespace, id).catch(goneOr)
  if (!current) return { question: { kind: 'gone' } }
  if (current.revision > agreed && current.source !== source) return { question: { kind: 'outdated', current } }
  return { stored: await updateFlow(namespace, id, source) }
}

function goneOr(error: unknown): undefined {
  if (error instanceof ApiError && error.status === NOT_FOUND) return undefined
  throw error
}
