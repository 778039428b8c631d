import { Button, Group, Input, Select, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState } from 'react'
import { evaluate } from '../api/executions'
import type { Execution, TaskRun } from '../api/types'
import type { Mark } from '../editor/problems'
import { executionOffers } from '../expressions/lookups'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { nameOf } from './tree'

const CodeEditor = lazy(() => import('../editor/CodeEditor'))

interface Props {
  execution: Execution
  /** As what task run would see it; without, as the last one, until another is chosen. */
  run: TaskRun | undefined
  expression: string
}

const HEIGHT = '76px'
const LINES = 3
/** So many can be chosen from; of more the last ones. */
const MOST_RUNS = 200

/** Renders any expression as a task run of the execution would see it. */
export default function Debugger({ execution, run, expression }: Props) {
  const runs = execution.taskRunList ?? []
  const [text, setText] = useState(expression)
  // The editor is large: it comes when somebody is about to write.
  const [end, setEnd] = useState<Mark>()
  const begin = () => setEnd({ severity: 'info', message: '', line: text.split('\n').length, column: text.length + 1 })
  const plain = (
    <Textarea
      aria-label={t`Try an expression`} size="xs" rows={LINES} value={text} classNames={{ input: 'mono' }} onFocus={begin} onChange={(event) => setText(event.currentTarget.value)}
    />
  )
  const [chosen, setChosen] = useState(run?.id ?? runs.at(-1)?.id ?? '')
  const render = useMutation({ mutationFn: () => evaluate(execution.id, chosen, text) })
  const offers = useMemo(() => executionOffers(execution), [execution])
  const data = useMemo(() => runs.slice(-MOST_RUNS).map((one) => ({ value: one.id, label: nameOf(one) })), [runs])
  return (
    <section aria-label={t`Expression`} style={{ marginTop: 16 }}>
      <Input.Wrapper label={t`Try an expression`} labelElement="div" size="xs">
        {end ? (
          <Suspense fallback={plain}>
            <CodeEditor isField language="plaintext" target={end} value={text} onChange={setText} onConfirm={() => render.mutate()} offers={offers} height={HEIGHT} label={t`Try an expression`} />
          </Suspense>
        ) : plain}
      </Input.Wrapper>
      <Group gap="xs" my="xs">
        <Button variant="default" loading={render.isPending} onClick={() => render.mutate()}>{t`Render`}</Button>
        {!run && <Select aria-label={t`As this task run sees it`} title={t`As this task run sees it`} size="xs" w={220} searchable allowDeselect={false} data={data} value={chosen} onChange={(id) => id && setChosen(id)} />}
      </Group>
      <ErrorBox error={render.error ?? (render.data?.error ? new Error(render.data.error) : undefined)} />
      {render.data?.result !== undefined && <pre className="block mono">{render.data.result}</pre>}
    </section>
  )
}
