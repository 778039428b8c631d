import { Button, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { evaluate } from '../api/executions'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'

interface Props {
  executionId: string
  taskRunId: string
  expression: string
}

/** Renders any expression as the chosen task run would see it. */
export function Debugger({ executionId, taskRunId, expression }: Props) {
  const [text, setText] = useState(expression)
  const run = useMutation({ mutationFn: () => evaluate(executionId, taskRunId, text) })
  return (
    <section aria-label={t`Expression`} style={{ marginTop: 16 }}>
      <Textarea
        label={t`Try an expression`} autosize minRows={2} maxRows={8} value={text} classNames={{ input: 'mono' }}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && run.mutate()}
      />
      <Button mt="xs" mb="xs" variant="default" loading={run.isPending} onClick={() => run.mutate()}>
        {t`Render`}
      </Button>
      <ErrorBox error={run.error ?? (run.data?.error ? new Error(run.data.error) : undefined)} />
      {run.data?.result !== undefined && <pre className="block mono">{run.data.result}</pre>}
    </section>
  )
}
