import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useCan } from '../api/capabilities'
import { ApiError, part, request } from '../api/client'
import type { InputSpec } from '../api/types'
import { complaintOf, formOf, initialValues, partsOf, type InputValue, type InputValues } from './values'

const TYPING_MS = 500

interface Checked {
  input: { id: string; values?: string[] }
  value?: unknown
  enabled: boolean
  errors?: { message: string }[]
}

export interface Inputs {
  specs: readonly InputSpec[]
  values: InputValues
  parts: [string, string | File][]
  errors: Readonly<Record<string, string>>
  choices: Readonly<Record<string, string[]>>
  set: (id: string, value: InputValue) => void
  refuse: (error: unknown) => boolean
  complain: () => string | undefined
}

/** Where the server says what it would make of a form. */
interface Checker {
  route: string
  path: string
}

const ofFlow = (namespace: string, flowId: string): Checker => ({
  route: 'POST /api/v1/executions/{}/{}/validate',
  path: `/executions/${part(namespace)}/${part(flowId)}/validate`,
})

const ofPause = (executionId: string): Checker => ({
  route: 'POST /api/v1/executions/{}/resume/validate',
  path: `/executions/${part(executionId)}/resume/validate`,
})

/** State of a form over the inputs of a flow; `given` stands before its defaults. */
export const useInputs = (namespace: string, flowId: string, all: readonly InputSpec[], given?: Record<string, unknown>): Inputs =>
  useForm(ofFlow(namespace, flowId), all, given)

/** State of a form over what a Pause asks for. */
export const useResumeInputs = (executionId: string, all: readonly InputSpec[]): Inputs => useForm(ofPause(executionId), all)

/** Values, what is wrong with them, and which of them count at present. */
function useForm(checker: Checker, all: readonly InputSpec[], given?: Record<string, unknown>): Inputs {
  const [values, setValues] = useState(() => initialValues(all, given))
  const [touched, setTouched] = useState<ReadonlySet<string>>(() => new Set(Object.keys(given ?? {})))
  const [refused, setRefused] = useState<Record<string, string>>({})
  const parts = useMemo(() => partsOf(all, values, touched), [all, values, touched])
  const { checked, sent } = useChecks(checker, all, parts)
  // What was found in a text is not held against the next one.
  const texts = textsOf(parts)
  const isOfNow = (id: string) => texts.get(id) === sent.get(id)
  const specs = all.filter(({ id }) => checked.get(id)?.enabled !== false)
  const errors: Record<string, string> = { ...refused }
  const choices: Record<string, string[]> = {}
  for (const [id, { errors: found, input }] of checked) {
    if (touched.has(id) && isOfNow(id) && found?.[0] && !errors[id]) errors[id] = found[0].message
    if (input.values?.every((item) => typeof item === 'string')) choices[id] = input.values
  }
  return {
    specs,
    values,
    errors,
    choices,
    parts: partsOf(specs, values, touched),
    set: (id, value) => {
      setValues((before) => ({ ...before, [id]: value }))
      setTouched((before) => new Set([...before, id]))
      setRefused(({ [id]: _, ...others }) => others)
    },
    refuse: (error) => {
      if (!(error instanceof ApiError)) return false
      const known = new Set(all.map(({ id }) => id))
      const found = error.problems.filter(({ path }) => path && known.has(path))
      setRefused(Object.fromEntries(found.map((problem) => [problem.path as string, [problem.message, problem.hint].filter(Boolean).join(' — ')])))
      return found.length > 0
    },
    complain: () => {
      const found = specs.flatMap((spec): [string, string][] => {
        const complaint = complaintOf(spec, values[spec.id])
        return complaint ? [[spec.id, complaint]] : []
      })
      setRefused(Object.fromEntries(found))
      return found[0]?.[0]
    },
  }
}

type Parts = readonly [string, string | File][]

/** The values that are texts; files are not sent to be checked. */
const textsOf = (parts: Parts) => new Map(parts.filter((item): item is [string, string] => typeof item[1] === 'string'))

function useChecks({ route, path }: Checker, specs: readonly InputSpec[], parts: Parts) {
  const canCheck = useCan(route)
  const texts = useMemo(() => parts.filter(([, value]) => typeof value === 'string'), [parts])
  const [settled] = useDebouncedValue(texts, TYPING_MS)
  const { data } = useQuery({
    queryKey: ['inputs', path, settled],
    queryFn: async ({ signal }) => {
      const body = settled.length ? { body: formOf(settled) } : {}
      const { inputs } = await request<{ inputs: Checked[] }>(path, { method: 'POST', signal, ...body })
      return { inputs, sent: textsOf(settled) }
    },
    enabled: canCheck && specs.length > 0,
    placeholderData: (before) => before,
    retry: false,
  })
  return useMemo(() => ({ checked: new Map((data?.inputs ?? []).map((item) => [item.input.id, item])), sent: data?.sent ?? new Map<string, string>() }), [data])
}
